"""pack: images and all that is known of their captions in one sequential read."""
