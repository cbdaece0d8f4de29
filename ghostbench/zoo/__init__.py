"""Spec to built file; the only importer of Keras, TensorFlow and ONNX."""
