"""The image tower's first layer, patches to vectors, as one matrix product."""

import torch.nn.functional as F
from torch import Tensor, nn


class PatchProduct(nn.Module):
    """
    A convolution whose patches neither overlap nor leave gaps, with the same weights, as one matrix product.

    In bf16 cuDNN spent an eighth of a step on it (docs/benchmarks/training.md).
    """

    def __init__(self, convolution: nn.Conv2d) -> None:
        super().__init__()
        self.weight, self.bias = convolution.weight, convolution.bias

    def forward(self, pixels: Tensor) -> Tensor:
        """(B, D, H / h, W / w) of pixels (B, 3, H, W); what is left over beside whole patches is not read."""
        height, width = self.weight.shape[2:]
        rows, columns = pixels.shape[2] // height, pixels.shape[3] // width
        whole = pixels[:, :, : rows * height, : columns * width]
        patches = whole.reshape(*whole.shape[:2], rows, height, columns, width).permute(0, 2, 4, 1, 3, 5)
        vectors = F.linear(patches.flatten(3).flatten(1, 2), self.weight.flatten(1), self.bias)
        return vectors.transpose(1, 2).view(len(pixels), len(self.weight), rows, columns)


def is_patch_product(convolution: nn.Module) -> bool:
    """Whether a layer is a convolution that :class:`PatchProduct` can stand in for."""
    if not isinstance(convolution, nn.Conv2d):
        return False
    plain = convolution.groups == 1 and convolution.dilation == (1, 1) and convolution.padding in ("valid", (0, 0))
    return plain and convolution.stride == convolution.kernel_size


def use_patch_product(embeddings: nn.Module) -> None:
    """Let a tower's embeddings of CLIP or SigLIP make patches by a product; the names of the weights stay."""
    convolution = embeddings.get_submodule("patch_embedding")
    if is_patch_product(convolution):
        embeddings.patch_embedding = PatchProduct(convolution)  # type: ignore[arg-type]
