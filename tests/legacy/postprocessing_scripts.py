"""Scripts for finished pictures as authors write them for A1111."""

import textwrap

INVERT = """
    import gradio as gr
    from PIL import ImageOps

    from modules import scripts_postprocessing
    from modules.ui_components import FormRow, InputAccordion

    class ScriptPostprocessingInvert(scripts_postprocessing.ScriptPostprocessing):
        name = "Invert"
        order = 1500

        def ui(self):
            with InputAccordion(False, label="Invert", elem_id="extras_invert") as enable:
                with FormRow():
                    turned = gr.Slider(0, 3, 1, step=1, label="Turned copies", elem_id="extras_invert_turned")
                    mode = gr.Radio(["all", "half"], value="all", label="Invert what", type="index")
            return {"enable": enable, "turned": turned, "mode": mode}

        def process_firstpass(self, pp, enable, turned, mode):
            if enable:
                pp.shared.target_width = pp.shared.target_height = 64

        def process(self, pp, enable, turned, mode):
            if not enable:
                return
            if turned == 3:
                raise ValueError("too many")
            pp.image = ImageOps.invert(pp.image)
            pp.info["Invert mode"] = mode
            pp.caption = "inverted"
            for number in range(turned):
                pp.extra_images.append(
                    pp.create_copy(pp.image.rotate(90), nametags=["turned"], disable_processing=True)
                )

        def image_changed(self):
            self.changed = getattr(self, "changed", 0) + 1
"""


def save_script(data, name="postprocessing_invert.py", text=INVERT):
    folder = data / "scripts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(textwrap.dedent(text))
