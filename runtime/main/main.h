//===- main.h - the parts of the program of an executable ------------------===//
#ifndef BORN_RUNTIME_MAIN_MAIN_H
#define BORN_RUNTIME_MAIN_MAIN_H

#include "runtime/export.h"
#include "runtime/os.h"
#include "runtime/support.h"

namespace born {

/// What the command line asks for.
struct Arguments {
  Array<const char *> inputs; ///< NAME=FILE.npy, in order
  uint32_t inputCount;
  const char *outputFolder;
  const char *verifyFolder;
  const char *device;
  const char *weightsPath;
  const char *program; ///< a name or a number; null: by the shapes of the inputs
  bool hasRandom;
  uint64_t randomSeed;
  double rtol, atol;
  bool hasTolerance;
  uint32_t benchRuns; ///< 0: no benchmark
  uint32_t warmUpRuns;
  uint32_t threads; ///< 0: the default
  const char *profile;
  bool json, info, listDevices, verbose, help;
};

/// Reads the command line; an error is a message.
bool parseArguments(int argc, char **argv, Arguments &arguments, Message &message);
void printHelp(const born_model &model, const char *program);

/// An element type of ONNX.
struct ElementType {
  uint32_t onnx;
  const char *name;  ///< as ONNX's text format spells it
  const char *descr; ///< numpy's, without the byte order; unsigned where it has none
  uint32_t bits;
  enum Kind { Float, Signed, Unsigned, Bool, Complex, Opaque } kind;
};
/// Never null: an unknown type is opaque bytes.
const ElementType &elementType(uint32_t onnx);
/// A number as double; NaN for opaque types.
double elementAsDouble(const ElementType &type, const void *data, uint64_t index);
/// The product of the dimensions.
uint64_t elementCount(const born_tensor_desc &tensor);
/// "float[1, 3, 224, 224]".
void describeTensor(uint32_t type, const int64_t *shape, uint32_t rank, char *text, size_t size);

/// The bytes of an input or of an expected output, and who frees them.
struct TensorData {
  const void *data = nullptr;
  FileView file;
  Array<uint8_t> owned;

  TensorData() = default;
  TensorData(const TensorData &) = delete;
  TensorData &operator=(const TensorData &) = delete;
  ~TensorData() { release(); }
  void release();
};

/// A growing text; append fails silently and `good` tells.
struct TextBuffer {
  char *data = nullptr;
  size_t size = 0, capacity = 0;
  bool good = true;

  TextBuffer() = default;
  TextBuffer(const TextBuffer &) = delete;
  TextBuffer &operator=(const TextBuffer &) = delete;
  ~TextBuffer() { free(data); }
  void append(const void *bytes, size_t count);
  void print(const char *format, ...) __attribute__((format(printf, 2, 3)));
  /// A JSON string with its quotes.
  void quote(const char *text);
};

/// Opens a .npy file and checks it against the tensor that it is for.
bool readNpy(const char *path, const born_tensor_desc &tensor, TensorData &data, Message &message);
/// Whether a .npy file has the shape of a tensor; false also where it is none.
bool npyFits(const char *path, const born_tensor_desc &tensor);
/// Writes a tensor as .npy.
bool writeNpy(const char *path, const born_tensor_desc &tensor, const void *data, Message &message);

/// Opens an ONNX TensorProto (.pb) and checks it against a tensor.
bool readTensorProto(const char *path, const born_tensor_desc &tensor, TensorData &data,
                     Message &message);
/// The same for a TensorProto.
bool tensorProtoFits(const char *path, const born_tensor_desc &tensor);
/// Only its name, "" where it has none.
bool readTensorProtoName(const char *path, char *name, size_t size, Message &message);

/// Fills a tensor with numbers from a seed: floats uniform in [-1, 1), integers
/// and bools uniform in {0, 1}; other types are 0.
void fillRandom(const born_tensor_desc &tensor, uint64_t seed, uint8_t *data);

/// The run of a program, whose tensors are in the context's memory.
struct Session {
  const born_model *model;
  const born_program *program;
  uint32_t programIndex;
  born_context *context;
  Array<TensorData> inputs; ///< of files, until they are placed; null data: not given

  bool allocate(const born_model &model, uint32_t program, Message &message);
  void release();
  /// Brings the inputs to where the program reads them; random ones for those not given.
  void placeInputs(const Arguments &arguments);
  bool run(Message &message);
  const void *output(uint32_t index) const {
    return born_output_memory(context, programIndex, index);
  }
};

/// Which program of a model to run: the one asked for, else the first that
/// the given inputs fit. Where none fits, an error lists what there is.
bool chooseProgram(const born_model &model, const Arguments &arguments, uint32_t &program,
                   Message &message);
/// The input that NAME=FILE names, split at the last '='; -1: none.
int findInput(const born_program &program, const char *argument, const char *&path);
/// Opens and checks the inputs that are given; the others have to be random.
bool loadInputs(Session &session, const Arguments &arguments, Message &message);
/// A file of an ONNX test data set and the input that it is for: by the name in
/// it where that is an input's, else by its number.
struct DataSetInput {
  char path[4096];
  uint32_t target;
};
bool findDataSetInput(const born_program &program, const char *folder, uint32_t number,
                      DataSetInput &input, Message &message);
bool writeOutputs(Session &session, const char *folder, Message &message);
void printOutputs(const Session &session);
/// Runs the data set of a folder and compares; false also when numbers differ.
bool verify(Session &session, const Arguments &arguments, Message &message);
/// Writes what the last run was made of, in the format of Chrome's trace viewer.
bool writeProfile(const Session &session, const char *path, Message &message);
bool benchmark(Session &session, const Arguments &arguments, Message &message);
void printInfo(const born_model &model, const Arguments &arguments);
bool listDevices(const born_model &model, const Arguments &arguments, Message &message);
born_options contextOptions(const Arguments &arguments);

} // namespace born

#endif // BORN_RUNTIME_MAIN_MAIN_H
