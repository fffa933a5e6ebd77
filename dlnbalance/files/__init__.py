"""Models from everything and to files: conversion from other libraries, formats, writing that is never half done."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
