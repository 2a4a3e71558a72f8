"""Every launch flag: A1111's, by section, then Forge's. A flag `--no-half-vae` is the field `no_half_vae`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules.core.flag_kinds import Status, files, mapping, number, path, paths, switch, text, texts, words

NO_OP, NOT_YET = Status.NO_OP, Status.NOT_YET
LOG_LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")

PROGRAM_FOLDER = Path(__file__).resolve().parents[2]
"""The folder of webui.py."""

# Title of each section of the documentation and the first flag in it.
SECTIONS = (
    ("Start-up", "f"),
    ("Folders and files", "data_dir"),
    ("Precision, memory, attention", "no_half"),
    ("Server and network", "listen"),
    ("The page", "theme"),
    ("Models and extensions", "no_hashing"),
    ("Known from Forge and reForge", "always_gpu"),
)


@dataclass(frozen=True)
class Flags:
    """The command line, parsed. `Flags()` has every default; paths that derive from others are None until parsed."""

    # --- Start-up -----------------------------------------------------------------------------------------------
    f: bool = switch("allows root in other launchers; here root needs no permission", NO_OP)
    update_all_extensions: bool = switch("update every extension's git checkout at start", NOT_YET)
    skip_python_version_check: bool = switch("set up even with a Python older than 3.11")
    skip_torch_cuda_test: bool = switch("no check for CUDA is made at start, so there is nothing to skip", NO_OP)
    reinstall_xformers: bool = switch("install xFormers again")
    reinstall_torch: bool = switch("install PyTorch again")
    update_check: bool = switch("say at start whether a newer version is there", NOT_YET)
    test_server: bool = switch("for tests: implies --api and --disable-nan-check")
    log_startup: bool = switch("log how long each phase of the start took")
    skip_prepare_environment: bool = switch("start without any installation step")
    skip_install: bool = switch("install no packages")
    dump_sysinfo: bool = switch("write a description of the system to a file in the data folder, and end")
    loglevel: str | None = text("how much to log; also SD_WEBUI_LOG_LEVEL", choices=LOG_LEVELS)
    exit: bool = switch("end after installation")
    verify: tuple[Path, ...] = files("make pictures again from their own parameters and compare; see docs/verify.md")
    verify_output: Path | None = path(
        "where --verify puts pictures of differences", derived="`outputs/verify` in the data folder"
    )
    do_not_download_clip: bool = switch("text encoders are never downloaded here", NO_OP)

    # --- Folders and files --------------------------------------------------------------------------------------
    data_dir: Path = path(
        "base folder of models, outputs, extensions, settings",
        default=PROGRAM_FOLDER,
        derived="the program's folder",
    )
    models_dir: Path | None = path("base folder of models only", derived="`models` in the data folder")
    config: Path | None = path("LDM configuration file for SD1 checkpoints", NOT_YET)
    ckpt: Path | None = path("a checkpoint file to add to the list and to load first")
    ckpt_dir: Path | None = path("another folder of checkpoints, searched first")
    vae_dir: Path | None = path("another folder of VAEs", NOT_YET)
    vae_path: Path | None = path("the VAE to use whatever the settings say", NOT_YET)
    gfpgan_dir: Path | None = path("where GFPGAN's repository was in old versions", NO_OP)
    gfpgan_model: Path | None = path("GFPGAN file of old versions", NO_OP)
    gfpgan_models_path: Path | None = path("folder of GFPGAN models", derived="`GFPGAN` in the models folder")
    codeformer_models_path: Path | None = path(
        "folder of CodeFormer models", derived="`Codeformer` in the models folder"
    )
    esrgan_models_path: Path | None = path("folder of ESRGAN models", derived="`ESRGAN` in the models folder")
    bsrgan_models_path: Path | None = path("folder of BSRGAN models", derived="`BSRGAN` in the models folder")
    realesrgan_models_path: Path | None = path(
        "folder of Real-ESRGAN models", derived="`RealESRGAN` in the models folder"
    )
    dat_models_path: Path | None = path("folder of DAT models", derived="`DAT` in the models folder")
    swinir_models_path: Path | None = path("folder of SwinIR models", derived="`SwinIR` in the models folder")
    scunet_models_path: Path | None = path("folder of ScuNET models", derived="`ScuNET` in the models folder")
    ldsr_models_path: Path | None = path("folder of LDSR models", NOT_YET, derived="`LDSR` in the models folder")
    clip_models_path: Path | None = path(
        "folder of the CLIP files the interrogator uses", derived="`CLIP` in the models folder"
    )
    lora_dir: Path | None = path("folder of LoRA networks", derived="`Lora` in the models folder")
    lyco_dir_backcompat: Path | None = path(
        "second folder of LoRA networks; also as `--lyco-dir`", derived="`LyCORIS` in the models folder"
    )
    embeddings_dir: Path | None = path(
        "folder of textual inversion embeddings", derived="`embeddings` in the data folder"
    )
    textual_inversion_templates_dir: Path | None = path(
        "folder of training templates", NOT_YET, derived="`textual_inversion_templates` in the data folder"
    )
    hypernetwork_dir: Path | None = path("folder of hypernetworks", derived="`hypernetworks` in the models folder")
    localizations_dir: Path | None = path(
        "folder of translations of the page", derived="`localizations` in the program's folder"
    )
    ui_config_file: Path | None = path(
        "file of the page's default values", derived="`ui-config.json` in the data folder"
    )
    ui_settings_file: Path | None = path("file of the settings", derived="`config.json` in the data folder")
    styles_file: tuple[str, ...] = texts(
        "file of prompt styles, or a pattern such as `styles/*.csv`", derived="`styles.csv` in the data folder"
    )
    text_encoder_dir: Path | None = path("folder of separate text encoders", NOT_YET)

    # --- Precision, memory, attention ---------------------------------------------------------------------------
    no_half: bool = switch("keep all weights in 32-bit floats")
    no_half_vae: bool = switch("keep the VAE in 32-bit floats")
    precision: str = text(
        "`full` computes in 32 bits, `half` in 16 without autocast",
        default="autocast",
        choices=("full", "half", "autocast"),
    )
    upcast_sampling: bool = switch("16-bit UNet weights, 32-bit sampling; no effect with --no-half")
    medvram: bool = switch("keep only one of text encoder, UNet and VAE on the device")
    medvram_sdxl: bool = switch("the same, for SDXL checkpoints only")
    lowvram: bool = switch("move the model to the device layer by layer; least memory, slow")
    lowram: bool = switch("load weights straight onto the device", NOT_YET)
    disable_model_loading_ram_optimization: bool = switch("loading always uses little memory", NO_OP)
    always_batch_cond_uncond: bool = switch("replaced by a setting", NO_OP)
    unload_gfpgan: bool = switch("of old versions", NO_OP)
    opt_channelslast: bool = switch("UNet in channels-last memory layout")
    xformers: bool = switch("install xFormers (CUDA on Linux and Windows) and prefer its attention")
    force_enable_xformers: bool = switch("use xFormers without testing that it works")
    xformers_flash_attention: bool = switch("xFormers chooses its kernel itself", NO_OP)
    opt_sdp_attention: bool = switch("prefer PyTorch's scaled dot product attention (the default)")
    opt_sdp_no_mem_attention: bool = switch("the same without its memory-efficient kernel: pictures repeat exactly")
    opt_split_attention: bool = switch("attention in slices: less memory, slower")
    opt_split_attention_v1: bool = switch("attention in slices, as --opt-split-attention")
    opt_split_attention_invokeai: bool = switch("attention in slices, as --opt-split-attention")
    opt_sub_quad_attention: bool = switch("attention in slices, as --opt-split-attention")
    sub_quad_q_chunk_size: int = number("slices are sized by themselves", NO_OP, default=1024, least=1)
    sub_quad_kv_chunk_size: int | None = number("slices are sized by themselves", NO_OP)
    sub_quad_chunk_threshold: int | None = number("slices are sized by themselves", NO_OP)
    disable_opt_split_attention: bool = switch("prefer plain attention, nothing optimised")
    disable_nan_check: bool = switch("do not test pictures and latents for NaN")
    use_cpu: tuple[str, ...] = words("run these parts on the CPU, such as `all` or `sd interrogate`")
    use_ipex: bool = switch("use an Intel GPU")
    device_id: str | None = text("which CUDA device to use, such as 0")
    disable_safe_unpickle: bool = switch("load pickled model files without checking them", NOT_YET)
    deepdanbooru: bool = switch("of old versions", NO_OP)

    # --- Server and network -------------------------------------------------------------------------------------
    listen: bool = switch("accept connections from other machines (bind 0.0.0.0)")
    server_name: str | None = text("the address to bind")
    port: int | None = number("the port; by default 7860, or the next free one, and 7861 with --nowebui", most=65535)
    share: bool = switch("make the page reachable through a Gradio tunnel", NOT_YET)
    ngrok: str | None = text("make the page reachable through ngrok, with this token", NOT_YET)
    ngrok_region: str = text("of old versions", NO_OP, default="")
    ngrok_options: Mapping[str, Any] | None = mapping("options for ngrok", NOT_YET)
    subpath: str | None = text("the path under which a reverse proxy shows the program")
    timeout_keep_alive: int = number("seconds an idle connection is kept open", default=30)
    tls_keyfile: Path | None = path("private key for HTTPS; needs --tls-certfile")
    tls_certfile: Path | None = path("certificate for HTTPS; needs --tls-keyfile")
    disable_tls_verify: bool | None = switch(
        "the server does not call itself, so there is nothing to verify", NO_OP, default=None, sets=False
    )
    cors_allow_origins: str | None = text("origins that may use the API from a browser, separated by commas")
    cors_allow_origins_regex: str | None = text("the same as a regular expression")
    gradio_auth: str | None = text("logins for the page: `user:password`, several separated by commas")
    gradio_auth_path: Path | None = path("file with such logins")
    gradio_allowed_path: tuple[Path, ...] = paths("another folder whose files the page may show")
    gradio_debug: bool = switch("of old versions", NO_OP)
    gradio_queue: bool = switch("there is always a queue", NO_OP, default=True)
    no_gradio_queue: bool = switch("there is always a queue", NO_OP)
    gradio_img2img_tool: str | None = text("the sketch tabs are always there", NO_OP)
    gradio_inpaint_tool: str | None = text("the sketch tabs are always there", NO_OP)
    api: bool = switch("serve the API under /sdapi")
    nowebui: bool = switch("serve the API only, no page")
    skip_load_model_at_start: bool = switch("load the model when it is first needed")
    api_auth: str | None = text("logins for the API: `user:password`, several separated by commas")
    api_log: bool = switch("log each API request in one line")
    api_server_stop: bool = switch("let the API stop and restart the server")
    add_stop_route: bool = switch("of old versions", NO_OP)
    autolaunch: bool = switch("open the page in the browser")

    # --- The page -----------------------------------------------------------------------------------------------
    theme: str | None = text("`light` or `dark`; by default as the system")
    hide_ui_dir_config: bool = switch(
        "lock settings that name folders; no button that opens one; params.txt is not read"
    )
    freeze_settings: bool = switch("allow no change of settings")
    freeze_settings_in_sections: str | None = text("allow no change in these sections, such as `saving-images,sd`")
    freeze_specific_settings: str | None = text("allow no change of these settings, by key")
    use_textbox_seed: bool = switch("the seed is a text box")
    max_batch_count: int = number("of old versions", NO_OP, default=16)
    no_progressbar_hiding: bool = switch("of old versions", NO_OP)
    disable_console_progressbars: bool = switch("there are no progress bars in the terminal", NO_OP)
    enable_console_prompts: bool = switch("log each prompt")
    show_negative_prompt: bool = switch("of old versions", NO_OP)
    ui_debug_mode: bool = switch("start without loading a model")
    no_prompt_history: bool = switch("do not write or read params.txt")
    allow_code: bool = switch("show the Custom code script", NOT_YET)
    administrator: bool = switch("a detail of the Windows launcher of old versions", NO_OP)

    # --- Models and extensions ----------------------------------------------------------------------------------
    no_hashing: bool = switch("never compute checkpoint hashes")
    no_download_sd_model: bool = switch("models are never downloaded by themselves", NO_OP)
    skip_version_check: bool = switch("no versions are compared at start, so there is nothing to skip", NO_OP)
    disable_all_extensions: bool = switch("run no extensions", NOT_YET)
    disable_extra_extensions: bool = switch("run built-in extensions only", NOT_YET)
    enable_insecure_extension_access: bool = switch("allow installing extensions from other machines", NOT_YET)
    unix_filenames_sanitization: bool = switch("only `/` is replaced in names of saved files")
    filenames_max_length: int = number("longest part of a saved file's name", default=128, least=1)

    # --- Known from Forge and reForge ---------------------------------------------------------------------------
    always_gpu: bool = switch("keep everything on the GPU", NOT_YET)
    always_high_vram: bool = switch("keep the model on the GPU after a picture", NOT_YET)
    always_normal_vram: bool = switch("share memory in the normal way", NOT_YET)
    always_low_vram: bool = switch("use little GPU memory", NOT_YET)
    always_no_vram: bool = switch("use as little GPU memory as possible", NOT_YET)
    always_cpu: bool = switch("run on the CPU", NOT_YET)
    always_offload_from_vram: bool = switch("take models off the GPU after use", NOT_YET)
    all_in_fp32: bool = switch("all in 32-bit floats", NOT_YET)
    all_in_fp16: bool = switch("all in 16-bit floats", NOT_YET)
    unet_in_bf16: bool = switch("UNet in bfloat16", NOT_YET)
    unet_in_fp16: bool = switch("UNet in 16-bit floats", NOT_YET)
    unet_in_fp8_e4m3fn: bool = switch("UNet weights in 8-bit floats (e4m3)", NOT_YET)
    unet_in_fp8_e5m2: bool = switch("UNet weights in 8-bit floats (e5m2)", NOT_YET)
    vae_in_fp16: bool = switch("VAE in 16-bit floats", NOT_YET)
    vae_in_fp32: bool = switch("VAE in 32-bit floats", NOT_YET)
    vae_in_bf16: bool = switch("VAE in bfloat16", NOT_YET)
    vae_in_cpu: bool = switch("VAE on the CPU", NOT_YET)
    clip_in_fp8_e4m3fn: bool = switch("text encoder weights in 8-bit floats (e4m3)", NOT_YET)
    clip_in_fp8_e5m2: bool = switch("text encoder weights in 8-bit floats (e5m2)", NOT_YET)
    clip_in_fp16: bool = switch("text encoder in 16-bit floats", NOT_YET)
    clip_in_fp32: bool = switch("text encoder in 32-bit floats", NOT_YET)
    attention_split: bool = switch("attention in slices", NOT_YET)
    attention_quad: bool = switch("sub-quadratic attention", NOT_YET)
    attention_pytorch: bool = switch("PyTorch's attention", NOT_YET)
    force_upcast_attention: bool = switch("attention in 32 bits", NOT_YET)
    disable_attention_upcast: bool = switch("attention never in 32 bits", NOT_YET)
    disable_xformers: bool = switch("do not use xFormers", NOT_YET)
    directml: bool = switch("use DirectML", NOT_YET)
    disable_ipex_hijack: bool = switch("nothing is patched for Intel GPUs", NO_OP)
    pytorch_deterministic: bool = switch("only deterministic PyTorch operations", NOT_YET)
    cuda_malloc: bool = switch("CUDA's own memory allocator", NOT_YET)
    cuda_stream: bool = switch("move weights in a CUDA stream of its own", NOT_YET)
    pin_shared_memory: bool = switch("pin offloaded weights", NOT_YET)
    disable_gpu_warning: bool = switch("of old versions", NO_OP)
    gpu_device_id: str | None = text("which CUDA device to use", NOT_YET)
    forge_ref_a1111_home: Path | None = path("an A1111 folder whose models to use", NOT_YET)
    controlnet_dir: Path | None = path("folder of ControlNet models", NOT_YET)
    controlnet_preprocessor_models_dir: Path | None = path("folder of ControlNet preprocessors' models", NOT_YET)

    # --- not flags ----------------------------------------------------------------------------------------------
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Flags that extensions added; also readable as attributes."""
    notices: tuple[str, ...] = ()
    """One line each about what was given and has no effect; webui.py logs them."""

    if not TYPE_CHECKING:  # so that a misspelt flag stays an error for the type checker

        def __getattr__(self, name: str) -> Any:
            try:
                return self.__dict__["extra"][name]
            except KeyError:
                raise AttributeError(f"There is no flag {name!r}.") from None

    @property
    def webui_is_non_local(self) -> bool:
        """The page can be reached from other machines."""
        return bool(self.share or self.listen or self.ngrok or self.server_name)

    @property
    def disable_extension_access(self) -> bool:
        """Nobody may install extensions through the page."""
        return self.webui_is_non_local and not self.enable_insecure_extension_access
