"""ViLT's patches in order: its own pass shuffles them, which no feature of a whole item depends on."""

from __future__ import annotations

from typing import Any

from bids_vlint.networks.network import Inputs


def in_order(module: Any, inputs: Inputs) -> Inputs:
    """Replace frames by their embedded patches, in reading order.

    Parameters
    ----------
    module : transformers.ViltModel
    inputs : dict
        With pixel_values (n, 3, height, width) and pixel_mask (n, height, width).

    Returns
    -------
    dict
        With image_embeds (n, 1 + n_patches, width) and pixel_mask (n, 1, 1 + n_patches) instead; as it was where frames
        differ in size, or where the network was trained on some of the patches (`max_image_length`).
    """
    import torch

    embeddings, most = module.embeddings, module.config.max_image_length
    if not bool(inputs["pixel_mask"].all()):
        return inputs
    patches = embeddings.patch_embeddings(inputs["pixel_values"])  # (n, width, rows, columns)
    if isinstance(most, int) and 0 <= most < patches.shape[2] * patches.shape[3]:
        return inputs
    first, table = embeddings.position_embeddings[:, :1], embeddings.position_embeddings[:, 1:]
    side = module.config.image_size // module.config.patch_size
    grid = table.transpose(1, 2).unflatten(2, (side, side))
    grid = torch.nn.functional.interpolate(grid, size=patches.shape[2:], mode="bilinear", align_corners=True)
    seen = (patches + grid).flatten(2).transpose(1, 2)
    token = (embeddings.cls_token + first).expand(len(seen), -1, -1)
    seen = torch.cat([token, seen], dim=1)
    mask = torch.ones(len(seen), 1, seen.shape[1], dtype=torch.long, device=seen.device)
    rest = {k: v for k, v in inputs.items() if k not in ("pixel_values", "pixel_mask")}
    return rest | {"image_embeds": seen, "pixel_mask": mask}
