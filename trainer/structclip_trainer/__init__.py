"""Streaming, model, losses, training and evaluation: the GPU half of structclip."""
