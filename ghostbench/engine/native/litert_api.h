/* The part of LiteRT's C interface that the runner uses, as ai-edge-litert 2.3.0 has it.
 *
 * Our own declarations, checked by use: the options below are internal to LiteRT, so the runner
 * belongs to exactly this version. No header of LiteRT is needed to build. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef int LrtStatus; /* 0 is success */
typedef struct LrtEnvironmentT *LrtEnvironment;
typedef struct LrtModelT *LrtModel;
typedef struct LrtSignatureT *LrtSignature;
typedef struct LrtTensorT *LrtTensor;
typedef struct LrtOptionsT *LrtOptions;
typedef struct LrtOpaqueT *LrtOpaque;
typedef struct LrtCompiledT *LrtCompiled;
typedef struct LrtRequirementsT *LrtRequirements;
typedef struct LrtBufferT *LrtBuffer;
typedef struct LrtProfilerT *LrtProfiler;

typedef struct {
  int type;
  union {
    bool truth;
    int64_t integer;
    double real;
    const void *pointer;
  } value;
} LrtAny;

typedef struct {
  int tag;
  LrtAny value;
} LrtEnvironmentOption;

enum { LRT_MOST_DIMENSIONS = 8 };

typedef struct {
  unsigned rank : 7;
  unsigned has_strides : 1;
  int32_t dimensions[LRT_MOST_DIMENSIONS];
  uint32_t strides[LRT_MOST_DIMENSIONS];
} LrtLayout;

typedef struct {
  int element_type;
  LrtLayout layout;
} LrtTensorType;

typedef struct {
  const char *tag;
  int type;
  uint64_t start_us, elapsed_us;
  size_t memory_before[3], memory_after[3];
  uint64_t place, subgraph; /* of an operator; of a kernel its place in its partition */
  int source;
} LrtProfilerEvent;

_Static_assert(sizeof(LrtProfilerEvent) == 104, "LiteRT ABI");
_Static_assert(sizeof(LrtAny) == 16 && offsetof(LrtAny, value) == 8, "LiteRT ABI");
_Static_assert(sizeof(LrtEnvironmentOption) == 24, "LiteRT ABI");
_Static_assert(sizeof(LrtLayout) == 68, "LiteRT ABI");
_Static_assert(sizeof(LrtTensorType) == 72 && offsetof(LrtTensorType, layout) == 4, "LiteRT ABI");

enum {
  LRT_ANY_INTEGER = 2,
  LRT_TAG_AUTO_REGISTER_ACCELERATORS = 24,
  LRT_TAG_MIN_LOG_SEVERITY = 25,
  LRT_SEVERITY_WARNING = 2,
  LRT_ACCELERATOR_CPU = 1,
  LRT_LOCK_READ = 0,
  LRT_LOCK_WRITE = 1,
  LRT_EVENT_OPERATOR = 2, /* run by the interpreter */
  LRT_EVENT_KERNEL = 8,   /* run by XNNPACK */
};

/* Result, name without the prefix LiteRt, arguments. */
#define LITERT_FUNCTIONS(X)                                                                        \
  X(LrtStatus, CreateEnvironment, (int, const LrtEnvironmentOption *, LrtEnvironment *))           \
  X(void, DestroyEnvironment, (LrtEnvironment))                                                    \
  X(LrtStatus, CreateModelFromFile, (LrtEnvironment, const char *, LrtModel *))                    \
  X(void, DestroyModel, (LrtModel))                                                                \
  X(LrtStatus, GetNumModelSignatures, (LrtModel, size_t *))                                        \
  X(LrtStatus, GetModelSignature, (LrtModel, size_t, LrtSignature *))                              \
  X(LrtStatus, GetNumSignatureInputs, (LrtSignature, size_t *))                                    \
  X(LrtStatus, GetNumSignatureOutputs, (LrtSignature, size_t *))                                   \
  X(LrtStatus, GetSignatureInputName, (LrtSignature, size_t, const char **))                       \
  X(LrtStatus, GetSignatureOutputName, (LrtSignature, size_t, const char **))                      \
  X(LrtStatus, GetSignatureInputTensorByIndex, (LrtSignature, size_t, LrtTensor *))                \
  X(LrtStatus, GetSignatureOutputTensorByIndex, (LrtSignature, size_t, LrtTensor *))               \
  X(LrtStatus, GetRankedTensorType, (LrtTensor, LrtTensorType *))                                  \
  X(LrtStatus, CreateOptions, (LrtOptions *))                                                      \
  X(void, DestroyOptions, (LrtOptions))                                                            \
  X(LrtStatus, SetOptionsHardwareAccelerators, (LrtOptions, int))                                  \
  X(LrtStatus, CreateOpaqueOptions, (const char *, void *, void (*)(void *), LrtOpaque *))         \
  X(LrtStatus, AddOpaqueOptions, (LrtOptions, LrtOpaque))                                          \
  X(LrtStatus, CreateCompiledModel, (LrtEnvironment, LrtModel, LrtOptions, LrtCompiled *))         \
  X(void, DestroyCompiledModel, (LrtCompiled))                                                     \
  X(LrtStatus, CompiledModelIsFullyAccelerated, (LrtCompiled, bool *))                             \
  X(LrtStatus, GetCompiledModelOutputTensorLayouts,                                                \
    (LrtCompiled, size_t, size_t, LrtLayout *, bool))                                              \
  X(LrtStatus, CompiledModelResizeInputTensor, (LrtCompiled, size_t, size_t, const int *, size_t)) \
  X(LrtStatus, GetCompiledModelInputBufferRequirements,                                            \
    (LrtCompiled, size_t, size_t, LrtRequirements *))                                              \
  X(LrtStatus, GetCompiledModelOutputBufferRequirements,                                           \
    (LrtCompiled, size_t, size_t, LrtRequirements *))                                              \
  X(LrtStatus, CreateManagedTensorBufferFromRequirements,                                          \
    (LrtEnvironment, const LrtTensorType *, LrtRequirements, LrtBuffer *))                         \
  X(void, DestroyTensorBuffer, (LrtBuffer))                                                        \
  X(LrtStatus, GetTensorBufferPackedSize, (LrtBuffer, size_t *))                                   \
  X(LrtStatus, LockTensorBuffer, (LrtBuffer, void **, int))                                        \
  X(LrtStatus, UnlockTensorBuffer, (LrtBuffer))                                                    \
  X(LrtStatus, RunCompiledModel, (LrtCompiled, size_t, size_t, LrtBuffer *, size_t, LrtBuffer *))  \
  X(LrtStatus, CompiledModelGetProfiler, (LrtCompiled, LrtProfiler *))                             \
  X(LrtStatus, StartProfiler, (LrtProfiler))                                                       \
  X(LrtStatus, StopProfiler, (LrtProfiler))                                                        \
  X(LrtStatus, ResetProfiler, (LrtProfiler))                                                       \
  X(LrtStatus, GetNumProfilerEvents, (LrtProfiler, int *))                                         \
  X(LrtStatus, GetProfilerEvents, (LrtProfiler, int, LrtProfilerEvent *))

#define LITERT_MEMBER(result, name, arguments) result(*name) arguments;
typedef struct {
  LITERT_FUNCTIONS(LITERT_MEMBER)
} LrtApi;

/* The functions of the library; filled by load_litert. */
extern LrtApi litert;

/* Loads the library, and says under which path the loader found it. */
const char *load_litert(const char *path);

/* Calls a function of the library; a status other than 0 ends the runner, naming step and function.
 */
#define LITERT(step, name, ...) check_litert(step, #name, litert.name(__VA_ARGS__))
void check_litert(const char *step, const char *name, LrtStatus status);
