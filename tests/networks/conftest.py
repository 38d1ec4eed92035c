"""The small networks, made once per session."""

from __future__ import annotations

import pytest

from bids_vlint.networks.specification import ModelSpec
from bids_vlint.study.stimulus import StimulusEvents
from tests.networks import hub_networks, networks


@pytest.fixture(scope="session")
def specs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelSpec]:
    """A network of each family, by name."""
    return networks.specs(tmp_path_factory.mktemp("networks"))


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> StimulusEvents:
    """Six events of a film."""
    return networks.events(tmp_path_factory.mktemp("film"))


@pytest.fixture(scope="session")
def hub_specs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ModelSpec]:
    """Every kind of network of transformers, by name."""
    rows = hub_networks.specs(tmp_path_factory.mktemp("hub"), tuple(hub_networks.NETWORKS))
    return {row.name: row for row in rows}
