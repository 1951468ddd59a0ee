"""Certificates for a world that lives as long as a test: an authority, and those it or nobody signed."""

import ssl
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_VALID_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Identity:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """The certificate as text."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, in capital hex with colons."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def server_context(self, folder: Path, *, old: bool = False) -> ssl.SSLContext:
        """A context for a server; the key has to lie in a file below `folder` for OpenSSL to read it.

        `old`: TLS 1.0 only, which clients of today refuse unless they are told otherwise.
        """
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.certificate.serial_number:x}.pem"
        path.touch(mode=0o600)
        path.write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            + self.pem.encode()
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if old:
            with warnings.catch_warnings():
                # Python advises against what is meant here.
                warnings.simplefilter("ignore", DeprecationWarning)
                context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.load_cert_chain(path)
        return context


def make_authority(name: str) -> Identity:
    """A certificate authority of one's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
    )
    return Identity(builder.sign(key, hashes.SHA256()), key)


def issue(authority: Identity, name: str, *, names: list[str], address: str) -> Identity:
    """A server certificate for these DNS names and this address, signed by the authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    issuer = authority.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
    authority_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key())
    builder = _for_server(_builder(name, str(issuer), key), names, address)
    builder = builder.add_extension(authority_key, critical=False)
    return Identity(builder.sign(authority.key, hashes.SHA256()), key)


def self_signed(name: str, *, address: str) -> Identity:
    """What a host makes for itself at its first boot."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _for_server(_builder(name, name, key), [name], address)
    return Identity(builder.sign(key, hashes.SHA256()), key)


def thumbprints(pem: str) -> tuple[str, str]:
    """SHA-1 and SHA-256 of a certificate, in capital hex with colons, as vCenter writes them."""
    certificate = x509.load_pem_x509_certificate(pem.encode())
    sha1, sha256 = (certificate.fingerprint(each) for each in (hashes.SHA1(), hashes.SHA256()))  # noqa: S303 - vCenter's own
    return sha1.hex(":").upper(), sha256.hex(":").upper()


def _for_server(builder: x509.CertificateBuilder, names: list[str], address: str) -> x509.CertificateBuilder:
    alternatives: list[x509.GeneralName] = [x509.DNSName(name) for name in names]
    alternatives.append(x509.IPAddress(IPv4Address(address)))
    return builder.add_extension(x509.SubjectAlternativeName(alternatives), critical=False).add_extension(
        x509.BasicConstraints(ca=False, path_length=None), critical=True
    )


def _builder(subject: str, issuer: str, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
