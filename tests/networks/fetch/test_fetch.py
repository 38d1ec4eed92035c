"""`models fetch` gets every file once, pins it, and refuses another later; the hub is a server on this machine."""

from __future__ import annotations

import errno
import hashlib
import shutil
import tomllib
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

from bids_vlint.errors import InputError
from bids_vlint.files.offline import refuse_connections
from bids_vlint.networks.family import family
from bids_vlint.networks.fetch import download
from bids_vlint.networks.fetch.addresses import files_of_part
from bids_vlint.networks.layers import trial
from bids_vlint.networks.model_set import read_model_set
from tests.acceptance.running import Result, run_inside, run_outside, succeed
from tests.networks.fetch.hub_server import World, serving

WEIGHTS = b"weights " * 4000
HUB = {
    "config.json": b"{}",
    "tokenizer.json": b"[]",
    "1_Pooling/config.json": b"{}",
    "model.safetensors": WEIGHTS,
    "pytorch_model.bin": b"a pickle",
    "onnx/config.json": b"{}",
    "onnx/model.onnx": b"o",
    "README.md": b"# about",
    "tf_model.h5": b"h",
}
TAKEN = {"config.json", "tokenizer.json", "1_Pooling/config.json", "model.safetensors"}
SLIP = """
[[model]]
name = "eye"
modality = "vision"
source = "slip"
architecture = "vit_base_patch16_224"
weights = "eye.pt"
url = "{url}/eye.pt"
"""
HUB_MODEL = '[[model]]\nname = "ear"\nmodality = "language"\nsource = "transformers"\narchitecture = "lab/ear"\n'


def sha(content: bytes) -> str:
    """Its digest."""
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The server, which the hub's client takes for the hub."""
    monkeypatch.setattr(download, "_PAUSE_S", 0.0)
    with serving(World()) as world:
        world.files["eye.pt"] = WEIGHTS
        world.publish("lab/ear", HUB)
        monkeypatch.setenv("HF_ENDPOINT", world.url)
        yield world


def fetch(folder: Path, text: str, world: World, *words: str, into: str = "models") -> Result:
    """Fetch the files of a model set."""
    (folder / "set.toml").write_text(text.replace("{url}", world.url))
    return run_inside(["models", "fetch", str(folder / "set.toml"), "--models-dir", str(folder / into), *words])


def lock(folder: Path) -> dict:
    """Read the lock."""
    return tomllib.loads((folder / "models.lock").read_text())


def files(folder: Path) -> set[str]:
    """What is there, but for the lock."""
    own = {"models.lock", ".fetching"}
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - own


def refused(result: Result, code: int, *words: str) -> None:
    """One sentence with the words."""
    said = [line for line in result.stderr.splitlines() if line.startswith("bids_vlint: ")]
    assert (result.code, len(said)) == (code, 1), result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in said[0], said[0]


def test_files_are_fetched_once_and_locked(tmp_path: Path, world: World) -> None:
    text = SLIP + f'sha256 = "{sha(WEIGHTS)[:8]}"\n' + HUB_MODEL
    succeed(fetch(tmp_path, text, world))
    models, commit = tmp_path / "models", next(iter(world.repositories["lab/ear"]))
    assert files(models) == {"eye.pt"} | {f"lab/ear/{name}" for name in TAKEN}
    assert (models / "lab/ear/model.safetensors").read_bytes() == WEIGHTS
    known = lock(models)["file"]
    assert known["eye.pt"] == {"source": f"{world.url}/eye.pt", "sha256": sha(WEIGHTS), "size": len(WEIGHTS)}
    assert known["lab/ear/tokenizer.json"] == {
        "source": "hub:lab/ear", "revision": commit, "sha256": sha(b"[]"), "size": 2
    }  # fmt: skip
    assert lock(models)["repository"]["lab/ear"]["asked"] == "main"
    world.asked.clear()
    before = (models / "models.lock").read_bytes()
    succeed(fetch(tmp_path, text, world))
    assert world.asked == []
    assert (models / "models.lock").read_bytes() == before
    known_networks = read_model_set(str(tmp_path / "set.toml"), models).models
    assert [s.trained for s in known_networks] == [True, False, False, False] * 2
    eye, ear = (s for s in known_networks if s.trained)
    assert (eye.weights, ear.architecture) == (str(models / "eye.pt"), str(models / "lab" / "ear"))


def test_pickles_are_taken_where_there_is_nothing_else(tmp_path: Path, world: World) -> None:
    world.publish("lab/old", {"config.json": b"{}", "vocab.txt": b"a", "pytorch_model.bin": b"p", "x.bin": b"no"})
    shards = {f"model-0000{k}-of-00002.safetensors": b"s" for k in (1, 2)} | {"model.safetensors.index.json": b"{}"}
    world.publish("lab/large", {"config.json": b"{}", "pytorch_model.bin.index.json": b"{}", **shards})
    text = HUB_MODEL.replace("lab/ear", "lab/old") + HUB_MODEL.replace("lab/ear", "lab/large").replace('"ear', '"big')
    succeed(fetch(tmp_path, text, world))
    assert files(tmp_path / "models" / "lab" / "old") == {"config.json", "vocab.txt", "pytorch_model.bin"}
    assert files(tmp_path / "models" / "lab" / "large") == {"config.json", *shards}


def test_changed_content_is_refused(tmp_path: Path, world: World) -> None:
    succeed(fetch(tmp_path, SLIP + HUB_MODEL, world))
    models = tmp_path / "models"
    (models / "eye.pt").unlink()
    world.files["eye.pt"] = b"something else"
    refused(fetch(tmp_path, SLIP + HUB_MODEL, world), 65, "eye.pt", sha(WEIGHTS), sha(b"something else"))
    assert not (models / "eye.pt").exists()
    assert not (models / ".partial").exists()
    world.files["eye.pt"] = WEIGHTS
    succeed(fetch(tmp_path, SLIP, world))
    (models / "lab/ear/tokenizer.json").write_bytes(b"{}")  # on the disk
    refused(fetch(tmp_path, HUB_MODEL, world), 65, "tokenizer.json", sha(b"[]"), sha(b"{}"))


def test_digest_of_the_model_set(tmp_path: Path, world: World) -> None:
    refused(fetch(tmp_path, SLIP + 'sha256 = "00000000"\n', world), 65, "eye.pt", "00000000", sha(WEIGHTS))
    assert files(tmp_path / "models") == set()
    succeed(fetch(tmp_path, SLIP, world))
    refused(fetch(tmp_path, SLIP + 'sha256 = "00000000"\n', world), 65, "00000000", sha(WEIGHTS))
    hub = HUB_MODEL + f'sha256 = "{sha(b"other")}"\n'
    refused(fetch(tmp_path, hub, world), 65, "model.safetensors", sha(b"other"), sha(WEIGHTS))


def test_a_file_put_there_by_hand_is_checked_and_noted(tmp_path: Path, world: World) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "eye.pt").write_bytes(WEIGHTS)
    succeed(fetch(tmp_path, SLIP + f'sha256 = "{sha(WEIGHTS)}"\n', world))
    assert world.asked == []
    assert lock(tmp_path / "models")["file"]["eye.pt"]["sha256"] == sha(WEIGHTS)


def test_a_shared_lock_pins_revision_and_content(tmp_path: Path, world: World) -> None:
    succeed(fetch(tmp_path, SLIP + HUB_MODEL, world))
    world.publish("lab/ear", {**HUB, "tokenizer.json": b"[1]", "model.safetensors": b"retrained"})
    (tmp_path / "other").mkdir()
    shutil.copy(tmp_path / "models" / "models.lock", tmp_path / "other")
    succeed(fetch(tmp_path, SLIP + HUB_MODEL, world, into="other"))
    assert (tmp_path / "other" / "lab/ear/model.safetensors").read_bytes() == WEIGHTS
    assert (tmp_path / "other" / "lab/ear/tokenizer.json").read_bytes() == b"[]"
    assert lock(tmp_path / "other") == lock(tmp_path / "models")
    succeed(fetch(tmp_path, HUB_MODEL, world, into="third"))  # without it: the new commit
    assert (tmp_path / "third" / "lab/ear/model.safetensors").read_bytes() == b"retrained"
    commits = list(world.repositories["lab/ear"])
    asks = HUB_MODEL + f'revision = "{commits[1]}"\n'
    refused(fetch(tmp_path, asks, world, into="other"), 65, commits[0], commits[1], "models.lock")
    succeed(fetch(tmp_path, HUB_MODEL + f'revision = "{commits[0]}"\n', world, into="other"))


def test_a_broken_download_is_continued(tmp_path: Path, world: World) -> None:
    world.cut = 2
    succeed(fetch(tmp_path, SLIP, world))
    assert (tmp_path / "models" / "eye.pt").read_bytes() == WEIGHTS
    assert world.ranges == [f"bytes={len(WEIGHTS) // 2}-", f"bytes={len(WEIGHTS) // 4 * 3}-"]
    assert files(tmp_path / "models") == {"eye.pt"}


def test_a_broken_download_from_the_hub_is_continued(tmp_path: Path, world: World) -> None:
    world.cut = 1
    succeed(fetch(tmp_path, HUB_MODEL, world))
    assert (tmp_path / "models" / "lab/ear/model.safetensors").read_bytes() == WEIGHTS
    assert files(tmp_path / "models") == {f"lab/ear/{name}" for name in TAKEN}


def test_a_full_disk(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(download, "_rest", full)
    refused(fetch(tmp_path, SLIP, world), 74, "the disk is full")


def test_what_stopped_half_way_is_not_taken_for_whole(tmp_path: Path, world: World) -> None:
    assert files_of_part("network", HUB)[-1] == "config.json"  # by which a folder is known
    world.large = ()
    world.publish("lab/ear", {**HUB, "config.json": b"{}"})
    world.refuse = "config.json"
    assert fetch(tmp_path, HUB_MODEL, world).code == 74
    with pytest.raises(InputError, match="are not on this machine"):
        read_model_set(str(tmp_path / "set.toml"), tmp_path / "models")
    world.refuse = ""
    world.asked.clear()
    succeed(fetch(tmp_path, HUB_MODEL, world))
    assert [a for a in world.asked if a.startswith("GET")] == [
        f"GET lab/ear/resolve/{world.last('lab/ear')}/config.json"
    ]


def test_a_download_that_fails_leaves_nothing_in_place(tmp_path: Path, world: World) -> None:
    world.busy = 1000
    refused(fetch(tmp_path, SLIP, world), 75, "eye.pt", "503", "run this again")
    assert files(tmp_path / "models") == set()
    world.busy = 0
    refused(fetch(tmp_path, SLIP.replace('eye.pt"\n', 'no.pt"\n').replace("/eye.pt", "/no.pt"), world), 74, "404")
    refused(fetch(tmp_path, SLIP.replace("{url}", "http://127.0.0.1:9"), world), 75, "Connection refused")
    assert files(tmp_path / "models") == set()


def test_the_rest_of_another_content_is_not_appended(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "_ATTEMPTS", 0)
    world.cut = 1
    refused(fetch(tmp_path, SLIP, world), 75, "broke off after")
    assert not (tmp_path / "models" / "eye.pt").exists()
    world.files["eye.pt"] = b"other    " * 4000
    succeed(fetch(tmp_path, SLIP, world))
    assert (tmp_path / "models" / "eye.pt").read_bytes() == b"other    " * 4000


def test_the_hub_says_no(tmp_path: Path, world: World) -> None:
    refused(fetch(tmp_path, HUB_MODEL.replace("lab/ear", "lab/no"), world), 65, "lab/no", "no such network")
    refused(fetch(tmp_path, HUB_MODEL + 'revision = "v9"\n', world), 65, "lab/ear", "v9")
    world.publish("lab/empty", {"README.md": b""})
    refused(fetch(tmp_path, HUB_MODEL.replace("lab/ear", "lab/empty"), world), 65, "lab/empty", "README.md")
    assert files(tmp_path / "models") == set()


def test_the_hub_cannot_be_reached(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    refused(fetch(tmp_path, HUB_MODEL, world), 75, "lab/ear", "run this again")
    assert files(tmp_path / "models") == set()


def test_detectors_and_tags_go_where_they_are_looked_for(tmp_path: Path, world: World) -> None:
    tags = """
[[model]]
name = "timm"
modality = "vision"
source = "timm"
architecture = "test_vit"
weights = "r160_in1k"

[[model]]
name = "clip"
modality = "multimodal"
source = "open_clip"
architecture = "roberta-ViT-B-32"
weights = "laion2b_s12b_b32k"
tower = "text"
"""
    world.publish(
        "timm/test_vit.r160_in1k", {"config.json": b"{}", "model.safetensors": b"t", "pytorch_model.bin": b""}
    )
    world.publish("laion/CLIP-ViT-B-32-roberta-base-laion2B-s12B-b32k", {"open_clip_pytorch_model.bin": b"c"})
    world.publish(
        "roberta-base", {"config.json": b"{}", "vocab.json": b"{}", "merges.txt": b"", "model.safetensors": b""}
    )
    world.publish("unc-nlp/frcnn-vg-finetuned", {"config.yaml": b"a: 1", "pytorch_model.bin": b"d", "objects.txt": b""})
    regions = HUB_MODEL.replace('"language"', '"multimodal"') + 'regions = "unc-nlp/frcnn-vg-finetuned"\n'
    succeed(fetch(tmp_path, tags + regions, world))
    assert files(tmp_path / "models") == {
        "test_vit.r160_in1k/model.safetensors",
        "roberta-ViT-B-32.laion2b_s12b_b32k/open_clip_pytorch_model.bin",
        *(f"roberta-base/{name}" for name in ("config.json", "vocab.json", "merges.txt")),
        *(f"lab/ear/{name}" for name in TAKEN),
        "unc-nlp/frcnn-vg-finetuned/config.yaml",
        "unc-nlp/frcnn-vg-finetuned/pytorch_model.bin",
    }
    known = read_model_set(str(tmp_path / "set.toml"), tmp_path / "models").models
    timm, clip, ear = (s for s in known if s.trained and s.part_of is None)
    for spec, expected in (
        (timm, "test_vit.r160_in1k"),
        (clip, "roberta-ViT-B-32.laion2b_s12b_b32k"),
        (ear, "unc-nlp"),
    ):
        (found,) = {f.parents[spec is ear].name for f in family(spec.source).files(spec, tmp_path / "models")[-2:]}
        assert found == expected


def test_a_part_that_is_added_has_the_pinned_revision(tmp_path: Path, world: World) -> None:
    clip = '[[model]]\nname = "clip"\nmodality = "language"\nsource = "open_clip"\nweights = "laion2b_s12b_b32k"\n'
    clip += 'architecture = "roberta-ViT-B-32"\n'
    world.publish("laion/CLIP-ViT-B-32-roberta-base-laion2B-s12B-b32k", {"open_clip_model.safetensors": b"c"})
    commit = world.publish("roberta-base", {"config.json": b"{}", "vocab.json": b"{}", "model.safetensors": b"old"})
    succeed(fetch(tmp_path, clip, world))
    world.publish("roberta-base", {"config.json": b"{1}", "vocab.json": b"{}", "model.safetensors": b"new"})
    succeed(fetch(tmp_path, HUB_MODEL.replace("lab/ear", "roberta-base"), world))
    assert (tmp_path / "models" / "roberta-base" / "model.safetensors").read_bytes() == b"old"
    assert lock(tmp_path / "models")["repository"]["roberta-base"]["revision"] == commit


def test_some_networks_alone(tmp_path: Path, world: World) -> None:
    succeed(fetch(tmp_path, SLIP + HUB_MODEL, world, "--name", "eye"))
    assert files(tmp_path / "models") == {"eye.pt"}
    refused(fetch(tmp_path, SLIP + HUB_MODEL, world, "--name", "eyy"), 64, "did you mean eye")


def test_what_is_wrong_with_the_command_or_the_set(tmp_path: Path, world: World) -> None:
    refused(fetch(tmp_path, SLIP, world, "--offline"), 64, "--offline")
    refused(run_inside(["models", "fetch", str(tmp_path / "set.toml")]), 64, "--models-dir")
    refused(run_inside(["models", "fetch", "papper", "--models-dir", str(tmp_path)]), 64, "did you mean paper")
    refused(fetch(tmp_path, SLIP.replace("url =", "revision ="), world), 65, "eye", "url")
    refused(fetch(tmp_path, SLIP.replace("{url}", "nowhere"), world), 65, "https://")
    refused(fetch(tmp_path, SLIP.replace('"eye.pt"', '"../eye.pt"'), world), 65, "outside")
    (tmp_path / "models").mkdir(exist_ok=True)
    (tmp_path / "models" / "models.lock").write_text('[file."../x"]\nsource = "a"\n')
    refused(fetch(tmp_path, SLIP, world), 65, "models.lock")
    (tmp_path / "blocked").write_text("")
    refused(fetch(tmp_path, SLIP, world, into="blocked"), 73, "blocked")
    assert "eye.pt" not in "".join(world.asked)


def test_what_has_no_address_is_left_as_it_is(tmp_path: Path, world: World) -> None:
    (tmp_path / "models" / "own").mkdir(parents=True)
    (tmp_path / "models" / "own" / "config.json").write_text("{}")
    (tmp_path / "models" / "eye.pt").write_bytes(b"mine")
    text = HUB_MODEL.replace("lab/ear", "own") + SLIP.replace('url = "{url}/eye.pt"\n', "")
    assert "nothing has to be fetched" in succeed(fetch(tmp_path, text, world)).stdout
    assert world.asked == []
    known = read_model_set(str(tmp_path / "set.toml"), tmp_path / "models").models
    assert len(known) == 8
    assert [s.trained for s in known].count(True) == 2


def test_fetched_networks_run_without_a_connection(tmp_path: Path, world: World) -> None:
    demo = Path(str(resources.files("bids_vlint") / "demo" / "weights"))
    world.files["eye.pt"] = (demo / "slip.pt").read_bytes()
    parts = sorted(p for p in (demo / "listener").iterdir() if p.is_file())
    world.publish("lab/listener", {p.name: p.read_bytes() for p in parts})
    vit = "vit(width=128, depth=3, heads=2, patch=8, image=32)"
    text = SLIP.replace("vit_base_patch16_224", vit) + 'sha256 = "' + sha(world.files["eye.pt"]) + '"\n'
    text = text.replace('"vision"', '"multimodal"').replace(
        vit, f"{vit} + text(width=64, depth=2, heads=2, context=32)"
    )
    succeed(fetch(tmp_path, text + HUB_MODEL.replace("lab/ear", "lab/listener"), world))
    assert files(tmp_path / "models") >= {"eye.pt", "lab/listener/model.safetensors", "lab/listener/config.json"}
    world.url, models = "", tmp_path / "models"
    with refuse_connections():
        for spec in read_model_set(str(tmp_path / "set.toml"), models).models:
            (network,) = family(spec.source).build(spec, 0, models)
            assert len(trial(network, [])) == 1


def test_two_addresses_of_one_file(tmp_path: Path, world: World) -> None:
    succeed(fetch(tmp_path, SLIP, world))
    refused(fetch(tmp_path, SLIP.replace("/eye.pt", "/ear.pt"), world), 65, "/eye.pt", "/ear.pt")


def test_missing_files_are_one_sentence_with_the_command(tmp_path: Path, world: World) -> None:
    (tmp_path / "set.toml").write_text(SLIP + HUB_MODEL)
    (tmp_path / "bids").mkdir()
    (tmp_path / "bids" / "dataset_description.json").write_text('{"Name": "a", "BIDSVersion": "1.9.0"}')
    run = [str(tmp_path / "bids"), str(tmp_path / "out"), "participant", "--models"]
    missing = "eye (eye.pt), ear (lab/ear)"
    refused(run_inside([*run, str(tmp_path / "set.toml")]), 66, missing, "are not on this machine",
            f"run: bids_vlint models fetch {tmp_path / 'set.toml'} --models-dir DIR")  # fmt: skip
    options = ["--models-dir", str(tmp_path / "m"), "-w", str(tmp_path / "w")]
    refused(run_inside([*run, "paper", *options]), 66, "slip-combo (slip_base_25ep.pt)", "lxmert-base-uncased",
            "beit_base_patch16_224.in22k_ft_in22k_in1k", "frcnn-vg-finetuned",
            f"run: bids_vlint models fetch paper --models-dir {tmp_path / 'm'}")  # fmt: skip


def test_in_a_process_of_its_own(tmp_path: Path, world: World) -> None:
    (tmp_path / "set.toml").write_text(HUB_MODEL)
    done = run_outside(["models", "fetch", "set.toml", "--models-dir", "m"], cwd=tmp_path)
    assert "4 files fetched" in succeed(done).stdout
    assert "fetching lab/ear/model.safetensors" in done.stderr
    listed = succeed(run_inside(["models", "list", str(tmp_path / "set.toml"), "--models-dir", str(tmp_path / "m")]))
    assert listed.stdout.split() == [str(tmp_path / "set.toml"), "ear", "language", "text", "transformers",
                                     "here", "lab/ear"]  # fmt: skip
