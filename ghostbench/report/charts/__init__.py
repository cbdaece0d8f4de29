"""The pictures, drawn with matplotlib. Import the modules: this package itself loads nothing heavy."""
