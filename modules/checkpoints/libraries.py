"""The one place that imports diffusers and transformers, which takes seconds."""

from modules.hardware.torchvision_guard import hide_broken_torchvision

hide_broken_torchvision()

# ruff: noqa: E402 - nothing of these may be imported before
from diffusers.hooks.group_offloading import apply_group_offloading
from diffusers.loaders.single_file_utils import convert_ldm_unet_checkpoint, convert_ldm_vae_checkpoint
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.autoencoders.vae import DecoderTiny, EncoderTiny
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, DPTForDepthEstimation

__all__ = [
    "AutoencoderKL",
    "CLIPTextConfig",
    "CLIPTextModel",
    "DPTForDepthEstimation",
    "DecoderTiny",
    "EncoderTiny",
    "UNet2DConditionModel",
    "apply_group_offloading",
    "convert_ldm_unet_checkpoint",
    "convert_ldm_vae_checkpoint",
]
