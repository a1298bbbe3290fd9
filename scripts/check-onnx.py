"""Runs the ONNX checker, with shape inference and data propagation, over every .onnx file below the folders given."""

import sys
from pathlib import Path

import onnx


def problems(path: Path):
    """What is wrong with one model; nothing for a sound one."""
    try:
        # By path, so that weights in files beside the model are looked at too.
        onnx.checker.check_model(str(path), full_check=True)
        model = onnx.load(str(path), load_external_data=False)
        onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    except Exception as error:  # The checker raises several types of its own.
        yield f"{path}: {error}"


def main() -> int:
    paths = sorted(path for folder in sys.argv[1:] for path in Path(folder).rglob("*.onnx"))
    found = [problem for path in paths for problem in problems(path)]
    print("\n".join(found))
    print(f"{len(paths)} models checked, {len(found)} problems")
    return 1 if found or not paths else 0


sys.exit(main())
