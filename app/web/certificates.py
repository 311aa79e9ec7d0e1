"""A certificate authority of this deployment's own (本地证书颁发机构), and the server's certificate, for HTTPS on a local network.

Phones record their position only over HTTPS, and no public authority certifies an address like 192.168.1.20. So the
deployment makes an authority once, which phones are told to trust, and certifies itself. Keys are readable by their
owner only. What the authority may certify is limited (RFC 5280, name constraints) to local names and private addresses:
even with its key nobody can pass for a bank on a phone that trusts it.
"""

from __future__ import annotations

import fcntl
import ipaddress
import os
import socket
import struct
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from app.core.errors import NotReady

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    IP = ipaddress.IPv4Address | ipaddress.IPv6Address

AUTHORITY_DAYS = 3650
SERVER_DAYS = (
    397  # iPhones take none that is valid for longer than 825, browsers none of public authorities over 398
)
RENEWED_DAYS = 30
SLACK = timedelta(days=1)  # a phone's clock may be behind
LOCAL_NAMES = ("localhost", "local", "lan", "internal", "home.arpa")
LOCAL_NETWORKS = (
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
    "::1/128", "fc00::/7", "fe80::/10",
)  # fmt: skip
SIOCGIFADDR = 0x8915  # Linux: the IPv4 address of an interface


class AuthorityUnusable(NotReady):
    """The certificate authority of this deployment can't be used."""

    zh = "本地证书颁发机构无法使用。"


@dataclass(frozen=True, slots=True)
class Served:
    """The server's certificate: its files, the names that it is for, and those that the authority may not certify."""

    certificate: Path
    key: Path
    names: tuple[str, ...]
    left_out: tuple[str, ...]


class Authority:
    """The authority in a folder; made where there is none."""

    def __init__(self, folder: Path, names: Sequence[str] = ()) -> None:
        """Open it.

        Args:
            folder: Of this deployment.
            names: Host names that it may certify beside local ones, if it has to be made.

        Raises:
            AuthorityUnusable: Its files can't be read or written.
        """
        self.folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _alone(folder):
                if not self.certificate_file.exists() or not self.key_file.exists():
                    self._make(names)
                self.certificate = x509.load_pem_x509_certificate(self.certificate_file.read_bytes())
                key = serialization.load_pem_private_key(self.key_file.read_bytes(), None)
        except (OSError, ValueError) as error:
            raise AuthorityUnusable(
                f"{folder}: {error}.",
                remedy=f"Remove {folder} to have it made anew; phones must then be told to trust the new one.",
            ) from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AuthorityUnusable(f"{self.key_file} is no key of ours.", remedy=f"Remove {folder}.")
        self._key = key

    @property
    def certificate_file(self) -> Path:
        """What phones are to trust."""
        return self.folder / "ca.crt"

    @property
    def key_file(self) -> Path:
        """The authority's secret."""
        return self.folder / "ca.key"

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the authority's certificate, to compare on the phone."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def served(self, names: Iterable[str], now: datetime | None = None) -> Served:
        """Return the server's certificate for names and addresses; issued anew where it is due or for other names."""
        now = now or datetime.now(UTC)
        asked = tuple(dict.fromkeys(names))
        wanted = tuple(name for name in asked if self._may_certify(name))
        files = self.folder / "server.crt", self.folder / "server.key"
        with _alone(self.folder):
            if not self._holds(files, wanted, now):
                self._issue(files, wanted, now)
        return Served(*files, wanted, tuple(name for name in asked if name not in wanted))

    def _make(self, names: Sequence[str]) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Gridward"),
                x509.NameAttribute(
                    NameOID.COMMON_NAME, f"Gridward {socket.gethostname()[:30]} {now:%Y-%m-%d}"
                ),
            ]
        )
        made = (
            _builder(name, name, key.public_key(), now, AUTHORITY_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
            .sign(key, hashes.SHA256())
        )
        _write_key(self.key_file, key)
        _write(self.certificate_file, made.public_bytes(serialization.Encoding.PEM), 0o644)

    def _may_certify(self, name: str) -> bool:
        limits = self.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
        permitted = limits.permitted_subtrees or []
        address = _address(name)
        if address is not None:
            networks = [
                ipaddress.ip_network(str(one.value)) for one in permitted if isinstance(one, x509.IPAddress)
            ]
            return any(address.version == network.version and address in network for network in networks)
        domains = [one.value for one in permitted if isinstance(one, x509.DNSName)]
        return any(name.lower() == domain or name.lower().endswith(f".{domain}") for domain in domains)

    def _holds(self, files: tuple[Path, Path], names: Sequence[str], now: datetime) -> bool:
        try:
            held = x509.load_pem_x509_certificate(files[0].read_bytes())
            key = serialization.load_pem_private_key(files[1].read_bytes(), None)
            held.verify_directly_issued_by(self.certificate)
        except Exception:  # whatever is wrong with them, they are made anew  # noqa: BLE001
            return False
        alternative = held.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return (
            set(alternative) == set(_general(names))
            and now + timedelta(days=RENEWED_DAYS) < held.not_valid_after_utc
            and key.public_key() == held.public_key()
        )

    def _issue(self, files: tuple[Path, Path], names: Sequence[str], now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Gridward server")])
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        server = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        made = (
            _builder(subject, self.certificate.subject, key.public_key(), now, SERVER_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(server, critical=False)
            .add_extension(x509.SubjectAlternativeName(_general(names)), critical=False)
            .add_extension(issuer, critical=False)
            .sign(self._key, hashes.SHA256())
        )
        _write_key(files[1], key)
        _write(files[0], made.public_bytes(serialization.Encoding.PEM), 0o644)


def local_addresses() -> list[str]:
    """Return the IPv4 addresses of this machine's interfaces, the one that leads to other networks first."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        with suppress(OSError):
            probe.connect(("192.0.2.1", 9))  # sends nothing: only asks which way it would go
            found.append(probe.getsockname()[0])
        for _, interface in socket.if_nameindex():
            with suppress(OSError):
                asked = struct.pack("256s", interface.encode()[:15])
                found.append(socket.inet_ntoa(fcntl.ioctl(probe.fileno(), SIOCGIFADDR, asked)[20:24]))
    return list(dict.fromkeys(found))


def local_names() -> list[str]:
    """Return the names and addresses by which this machine may be reached on its network, and from itself."""
    host = socket.gethostname().lower()
    short = host.partition(".")[0]
    names = [*local_addresses(), f"{short}.local", host, "localhost", "127.0.0.1", "::1"]
    return list(dict.fromkeys(name for name in names if name and "_" not in name))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(now - SLACK + timedelta(days=days))
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates, key_cert_sign=signs_certificates, crl_sign=signs_certificates,
        content_commitment=False, key_encipherment=False, data_encipherment=False, key_agreement=False,
        encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _permitted(names: Sequence[str]) -> list[x509.GeneralName]:
    networks = [ipaddress.ip_network(network) for network in LOCAL_NETWORKS]
    addresses = [address for name in names if (address := _address(name)) is not None]
    networks += [
        ipaddress.ip_network(address)
        for address in addresses
        if not any(address.version == network.version and address in network for network in networks)
    ]
    domains = [name.lower().removeprefix("*.") for name in names if _address(name) is None and name != "*"]
    permitted: list[x509.GeneralName] = [
        x509.DNSName(name) for name in dict.fromkeys((*LOCAL_NAMES, *domains))
    ]
    return permitted + [x509.IPAddress(network) for network in networks]


def _general(names: Sequence[str]) -> list[x509.GeneralName]:
    return [
        x509.DNSName(name.lower()) if (address := _address(name)) is None else x509.IPAddress(address)
        for name in names
    ]


def _address(name: str) -> IP | None:
    try:
        return ipaddress.ip_address(name)
    except ValueError:
        return None


def _write_key(file: Path, key: ec.EllipticCurvePrivateKey) -> None:
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(file, pem, 0o600)


def _write(file: Path, content: bytes, mode: int) -> None:
    """Write a file in one step, with its mode from the first byte on."""
    part = file.with_name(f".{file.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder: server processes that start together make one authority, and one certificate."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
