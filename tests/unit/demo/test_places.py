"""The committed tables against what their sources state."""

from __future__ import annotations

from collections import Counter

import pytest
import shapely

from app.core.settings import GEODATA
from app.demo import boundary, places


def test_43_streets_and_768_communities_with_unique_codes_and_no_orphan():
    streets, communities = places.streets(), places.communities()
    assert len({s.code for s in streets}) == len(streets) == 43
    assert len({c.code for c in communities}) == len(communities) == 768
    assert {c.street_code for c in communities} == {s.code for s in streets}
    assert all(c.code[:9] == c.street_code and len(c.code) == 12 and c.code.isdigit() for c in communities)
    assert Counter(c.kind for c in communities) == {"residents": 622, "village": 143, "other": 3}


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("110105001034", "永安里东社区"),
        ("110105022019", "兴隆家园社区"),
        ("110105010", "小关街道"),
        ("110105016", "双井街道"),
        ("110105006", "香河园街道"),
        ("110105001", "建外街道"),
        ("110105022", "高碑店地区"),
        ("110105024023", "芍药居五社区"),
        ("110105027200", "小红门村"),
        ("110105033400", "北京像素北区社区"),
    ],
)
def test_names_by_code(code: str, name: str):
    known = {each.code: each.name for each in [*places.streets(), *places.communities()]}
    assert known[code] == name


def test_every_file_is_the_one_in_the_manifest():
    listed = places.manifest()["files"]
    for path, entry in listed.items():
        places.check(GEODATA / path, entry["sha256"], "Update the manifest.")
        assert entry["licence"]
        assert entry["date"]
        assert entry["origin"]
    assert {f"chaoyang/{p.name}" for p in (GEODATA / "chaoyang").glob("*.csv")} <= set(listed)


def test_another_file_than_the_manifests_is_refused_and_says_what_is_wanted(tmp_path):
    other = tmp_path / "cn_district.bin"
    other.write_bytes(b"another release")
    with pytest.raises(places.GeodataChanged, match=r"cn_district\.bin has checksum .* Wanted is x 1"):
        places.check(other, "0" * 64, "Wanted is x 1")
    with pytest.raises(places.GeodataChanged, match="missing"):
        places.check(tmp_path / "none.bin", "0" * 64, "")


def test_the_boundary_is_the_real_one(real: boundary.Boundary):
    assert (real.district.code, real.district.name) == ("110105", "朝阳区")
    assert len(real.district.polygon.geoms) == 2  # the mainland and the airport
    assert shapely.get_num_coordinates(real.district.polygon) == pytest.approx(564, abs=4)
    assert {n.name for n in real.neighbours} == {
        "东城区",
        "西城区",
        "丰台区",
        "海淀区",
        "通州区",
        "顺义区",
        "昌平区",
        "大兴区",
    }


def test_seats_lie_in_the_district_and_the_airports_on_the_exclave(real: boundary.Boundary):
    exclave, mainland = sorted(real.district.polygon.geoms, key=lambda part: part.area)
    for street in places.streets():
        part = exclave if street.name == "首都机场街道" else mainland
        assert part.contains(shapely.Point(street.lon, street.lat)), street.name
    assert sum(street.about_km2 for street in places.streets()) == pytest.approx(464, rel=0.03)
