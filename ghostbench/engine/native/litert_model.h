/* One model, made ready to run on the CPU. */
#pragma once

#include <stdbool.h>

#include "litert_api.h"
#include "options.h"

typedef struct {
  LrtEnvironment environment;
  LrtModel model;
  LrtSignature signature;
  LrtOptions options;
  LrtCompiled compiled;
} Model;

void load_model(Model *model, const char *path);
void compile_model(Model *model, const Options *options);
bool is_fully_accelerated(const Model *model);
void free_model(Model *model);
