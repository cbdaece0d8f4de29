"""Read a `.tflite` file from its flatbuffer alone, without TensorFlow."""
