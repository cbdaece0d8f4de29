#include "litert_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

void load_model(Model *model, const char *path) {
  /* The CPU alone: otherwise LiteRT looks for plug-ins of graphics and neural processors. */
  const LrtEnvironmentOption options[] = {
      {LRT_TAG_AUTO_REGISTER_ACCELERATORS, {LRT_ANY_INTEGER, {.integer = LRT_ACCELERATOR_CPU}}},
      {LRT_TAG_MIN_LOG_SEVERITY, {LRT_ANY_INTEGER, {.integer = LRT_SEVERITY_WARNING}}},
  };
  LITERT(STEP_MODEL, CreateEnvironment, 2, options, &model->environment);

  LrtStatus status = litert.CreateModelFromFile(model->environment, path, &model->model);
  if (status)
    give_up(STEP_MODEL, status, "LiteRT cannot read %s (status %d): is it a whole .tflite file?",
            path, status);

  size_t signatures = 0;
  LITERT(STEP_MODEL, GetNumModelSignatures, model->model, &signatures);
  if (signatures != 1)
    give_up(STEP_MODEL, 0, "%s has %zu signatures; only a model with one can be timed", path,
            signatures);
  LITERT(STEP_MODEL, GetModelSignature, model->model, 0, &model->signature);
}

static void add_text_options(LrtOptions options, const char *identifier, const char *text) {
  char *owned = strdup(text); /* LiteRT frees it */
  if (!owned) give_up(STEP_MEMORY, 0, "out of memory");
  LrtOpaque opaque = NULL;
  LITERT(STEP_COMPILE, CreateOpaqueOptions, identifier, owned, free, &opaque);
  LITERT(STEP_COMPILE, AddOpaqueOptions, options, opaque);
}

void compile_model(Model *model, const Options *options) {
  char text[256];
  int length = snprintf(text, sizeof text, "kernel_mode = \"%s\"\nnum_threads = %" PRId64 "\n",
                        options->kernel_mode, options->threads);
  if (options->xnn_flags != NO_FLAGS)
    snprintf(text + length, sizeof text - (size_t)length, "flags = %" PRId64 "\n",
             options->xnn_flags);

  LITERT(STEP_COMPILE, CreateOptions, &model->options);
  LITERT(STEP_COMPILE, SetOptionsHardwareAccelerators, model->options, LRT_ACCELERATOR_CPU);
  /* The same text twice: the first is read by the CPU accelerator (XNNPACK), the second by the
   * builder of the interpreter. Either alone is ignored in part without a word: "reference" would
   * run the built-in kernels. */
  add_text_options(model->options, "xnnpack", text);
  add_text_options(model->options, "cpu_delegate", text);
  if (options->profile)
    add_text_options(model->options, "runtime_options_string", "enable_profiling = true\n");
  LITERT(STEP_COMPILE, CreateCompiledModel, model->environment, model->model, model->options,
         &model->compiled);
}

bool is_fully_accelerated(const Model *model) {
  bool fully = false;
  LITERT(STEP_COMPILE, CompiledModelIsFullyAccelerated, model->compiled, &fully);
  return fully;
}

void free_model(Model *model) {
  litert.DestroyCompiledModel(model->compiled);
  litert.DestroyOptions(model->options);
  litert.DestroyModel(model->model);
  litert.DestroyEnvironment(model->environment);
}
