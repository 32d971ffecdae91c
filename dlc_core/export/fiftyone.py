"""A JSON of tags for FiftyOne, with the five lines that load it."""

from __future__ import annotations

import json

from dlc_core.export.content import Content

LOADER = """\
import json, pathlib, fiftyone as fo
content, root = json.loads(pathlib.Path("tags.json").read_bytes()), "THE FOLDER OF THE IMAGES"
dataset = fo.Dataset(content["dataset"])
dataset.add_samples([fo.Sample(filepath=f"{root}/{s['filepath']}", tags=s["tags"], dlc_id=s["id"],
    hardness=s["hardness"], ground_truth=fo.Classification(label=s["label"])) for s in content["samples"]])
"""  # noqa: E501 - five lines, as promised


def to_fiftyone(content: Content) -> bytes:
    """Return the samples with a tag each: kept, dropped or excluded."""
    table = content.table
    columns = ["id", "path", "label", "score"]
    tags = table["status"] if "status" in table else [content.part] * len(table)
    rows = zip(*(table[name].tolist() for name in columns), tags, strict=True)
    samples = [
        {"filepath": path, "tags": [tag], "label": label, "hardness": score, "id": identity}
        for identity, path, label, score, tag in rows
    ]
    value = {
        "dataset": content.name,
        "tags": sorted({str(tag) for tag in tags}),
        "recipe": content.recipe,
        "loader": LOADER,
        "samples": samples,
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
