"""Settings of samplers and noise schedules."""

from modules.core.options import option

HIDE_SAMPLERS = option(
    "hide_samplers",
    [],
    label="Hide samplers in user interface",
    section="sampler-params",
    needs_reload=True,
    help="Names of samplers that the menus leave out.",
)
ETA_DDIM = option(
    "eta_ddim",
    0.0,
    label="Eta for DDIM",
    section="sampler-params",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    infotext="Eta DDIM",
    help="How much noise DDIM adds in each step; 0 makes it deterministic.",
)
ETA_ANCESTRAL = option(
    "eta_ancestral",
    1.0,
    label="Eta for k-diffusion samplers",
    section="sampler-params",
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    infotext="Eta",
    help="How much noise ancestral samplers add in each step; 0 makes them deterministic.",
)
DDIM_DISCRETIZE = option(
    "ddim_discretize",
    "uniform",
    label="img2img DDIM discretize",
    section="sampler-params",
    choices=("uniform", "quad"),
    help="Changes nothing, as in A1111 since 1.6; kept for its settings files.",
)
CHURN = option(
    "s_churn",
    0.0,
    label="sigma churn",
    section="sampler-params",
    minimum=0.0,
    maximum=100.0,
    step=0.01,
    infotext="Sigma churn",
    help="Noise put back before each step of Euler, Heun and DPM2; 0 puts back none.",
)
CHURN_SMALLEST = option(
    "s_tmin",
    0.0,
    label="sigma tmin",
    section="sampler-params",
    minimum=0.0,
    maximum=10.0,
    step=0.01,
    infotext="Sigma tmin",
    help="Churn only above this noise level.",
)
CHURN_LARGEST = option(
    "s_tmax",
    0.0,
    label="sigma tmax",
    section="sampler-params",
    minimum=0.0,
    maximum=999.0,
    step=0.01,
    infotext="Sigma tmax",
    help="Churn only below this noise level; 0 sets no limit.",
)
CHURN_NOISE = option(
    "s_noise",
    1.0,
    label="sigma noise",
    section="sampler-params",
    minimum=0.0,
    maximum=1.1,
    step=0.001,
    infotext="Sigma noise",
    help="Scale of the noise that churn puts back, and of that which DPM2 a, DPM++ 2S a and the SDE samplers add.",
)
SCHEDULE_TYPE = option(
    "k_sched_type",
    "Automatic",
    label="Scheduler type",
    section="sampler-params",
    help="The noise schedule of requests that name none; kept for infotexts and clients of A1111 1.8.",
)
SIGMA_MIN = option(
    "sigma_min",
    0.0,
    label="sigma min",
    section="sampler-params",
    infotext="Schedule min sigma",
    help="The smallest noise level of schedules that have a range; 0 takes the model's.",
)
SIGMA_MAX = option(
    "sigma_max",
    0.0,
    label="sigma max",
    section="sampler-params",
    infotext="Schedule max sigma",
    help="The largest noise level of schedules that have a range; 0 takes the model's.",
)
RHO = option(
    "rho",
    0.0,
    label="rho",
    section="sampler-params",
    infotext="Schedule rho",
    help="The exponent of the schedules Karras and Polyexponential; 0 takes the usual one, 7 and 1.",
)
NOISE_SEED_DELTA = option(
    "eta_noise_seed_delta",
    0,
    label="Eta noise seed delta",
    section="sampler-params",
    infotext="ENSD",
    help="Added to the seed for the noise that samplers draw after the first; NovelAI has 31337.",
)
DISCARD_PENULTIMATE = option(
    "always_discard_next_to_last_sigma",
    False,
    label="Always discard next-to-last sigma",
    section="sampler-params",
    infotext="Discard penultimate sigma",
    help="Leave out the last noise level before 0 with every sampler, as DPM2 does by itself.",
)
UNIT_VARIANCE = option(
    "sgm_noise_multiplier",
    False,
    label="SGM noise multiplier",
    section="sampler-params",
    infotext="SGM noise multiplier",
    help="Begin with noise of variance 1 + sigma², as the authors of SDXL do, and not sigma²; for comparison.",
)
UNIPC_VARIANT = option(
    "uni_pc_variant",
    "bh1",
    label="UniPC variant",
    section="sampler-params",
    choices=("bh1", "bh2", "vary_coeff"),
    infotext="UniPC variant",
    help="Which coefficients UniPC has.",
)
UNIPC_SKIP_TYPE = option(
    "uni_pc_skip_type",
    "time_uniform",
    label="UniPC skip type",
    section="sampler-params",
    choices=("time_uniform", "time_quadratic", "logSNR"),
    infotext="UniPC skip type",
    help="How UniPC spaces its noise levels.",
)
UNIPC_ORDER = option(
    "uni_pc_order",
    3,
    label="UniPC order",
    section="sampler-params",
    minimum=1,
    maximum=50,
    step=1,
    infotext="UniPC order",
    help="How many evaluations of the model UniPC combines; at most the number of steps.",
)
UNIPC_LOWER_ORDER_FINAL = option(
    "uni_pc_lower_order_final",
    True,
    label="UniPC lower order final",
    section="sampler-params",
    infotext="UniPC lower order final",
    help="Combine fewer in the last steps, which is steadier with few steps.",
)
NOISE_SCHEDULE = option(
    "sd_noise_schedule",
    "Default",
    label="Noise schedule for sampling",
    section="sampler-params",
    choices=("Default", "Zero Terminal SNR"),
    infotext="Noise Schedule",
    help="Zero Terminal SNR begins with nothing but noise; for models that were trained so.",
)
BETA_ALPHA = option(
    "beta_dist_alpha",
    0.6,
    label="Beta scheduler: alpha",
    section="sampler-params",
    minimum=0.01,
    maximum=1.0,
    step=0.01,
    infotext="Beta schedule alpha",
    help="The less, the more steps the schedule Beta takes at low noise levels.",
)
BETA_BETA = option(
    "beta_dist_beta",
    0.6,
    label="Beta scheduler: beta",
    section="sampler-params",
    minimum=0.01,
    maximum=1.0,
    step=0.01,
    infotext="Beta schedule beta",
    help="The less, the more steps the schedule Beta takes at high noise levels.",
)
QUANTIZE = option(
    "enable_quantization",
    False,
    label="Enable quantization in K samplers for sharper and cleaner results. This may change existing seeds",
    section="sd",
    infotext="Quantized timesteps",
    help="Ask the model at whole timesteps only; gives sharper results by chance and changes pictures of a seed.",
)
OLD_RANGE = option(
    "use_old_karras_scheduler_sigmas",
    False,
    label="Use old karras scheduler sigmas (0.1 to 10).",
    section="compatibility",
    help="Noise levels from 0.1 to 10 for schedules that have a range, as in the first versions of A1111.",
)
DOWNCAST = option(
    "use_downcasted_alpha_bar",
    False,
    label="Downcast model alphas_cumprod to fp16 before sampling. For reproducing old seeds.",
    section="compatibility",
    infotext="Downcast alphas_cumprod",
    help="Round the model's noise schedule to 16 bits, as A1111 did before 1.7.",
)
SHARED_SDE_NOISE = option(
    "no_dpmpp_sde_batch_determinism",
    False,
    label="Do not make DPM++ SDE deterministic across different batch sizes.",
    section="compatibility",
    help="Draw the noise of SDE samplers for a batch as a whole, as the first versions of A1111 did.",
)
BATCH_SEEDS = option(
    "enable_batch_seeds",
    True,
    label="Make K-diffusion samplers produce same images in a batch as when making a single image",
    section="sd",
    help="Has no effect, as in A1111 1.8: images never depend on their neighbours.",
)
