"""Makes tokens.json: keys and tokens, good ones and attacks, from libraries that share nothing with the host.

Needs PyJWT, jwcrypto and cryptography. The keys are fresh with each run, so that the whole file is made anew.
"""

import base64
import hashlib
import hmac
import json
import pathlib

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from jwcrypto import jwk, jws

NOW = 1_770_000_000
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493


def text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def number(value):
    return text(value.to_bytes((value.bit_length() + 7) // 8, "big"))


def rsa_jwk(key, **more):
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "n": number(numbers.n), "e": number(numbers.e), **more}


def ec_jwk(key, name="P-256", **more):
    numbers = key.public_key().public_numbers()
    size = (key.key_size + 7) // 8
    return {"kty": "EC", "crv": name, "x": text(numbers.x.to_bytes(size, "big")),
            "y": text(numbers.y.to_bytes(size, "big")), **more}


def ed_jwk(key, **more):
    return {"kty": "OKP", "crv": "Ed25519", "x": text(key.public_key().public_bytes_raw()), **more}


RSA = rsa.generate_private_key(65537, 2048)
RSA_LARGE = rsa.generate_private_key(65537, 4096)
RSA_SMALL = rsa.generate_private_key(65537, 1024)
RSA_STRANGER = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
EC_TWIN = ec.generate_private_key(ec.SECP256R1())
EC_STRANGER = ec.generate_private_key(ec.SECP256R1())
EC_OTHER_CURVE = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()
ED_STRANGER = ed25519.Ed25519PrivateKey.generate()

KEYS = {"keys": [
    rsa_jwk(RSA, kid="rsa", use="sig", alg="RS256", x5c=["MIIB"], x5t="AA"),
    rsa_jwk(RSA_LARGE, kid="rsa-large", key_ops=["verify"]),
    ec_jwk(EC, kid="ec", use="sig"),
    ec_jwk(EC, kid="twin"), ec_jwk(EC_TWIN, kid="twin"),
    ed_jwk(ED, kid="ed", alg="EdDSA"),
]}
CLAIMS = {"sub": "user_1", "exp": NOW + 300, "iat": NOW, "iss": "https://id.example.org/", "aud": "gantry",
          "org_id": "org_a", "role": "admin"}


def pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def sign(algorithm, key, data):
    """A signature as tokens have it."""
    if algorithm == "RS256":
        return key.sign(data, padding.PKCS1v15(), hashes.SHA256())
    if algorithm == "ES256":
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")
    if algorithm == "EdDSA":
        return key.sign(data)
    return hmac.new(key, data, {"HS256": hashlib.sha256, "HS384": hashlib.sha384}[algorithm]).digest()


def make(header, claims, key, algorithm=None):
    """A token of any header and claims; both may be given as bytes."""
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    claims = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    signed = text(header) + "." + text(claims)
    return signed + "." + text(sign(algorithm, key, signed.encode()))


def rs256(claims=None, **header):
    return make({"alg": "RS256", "kid": "rsa", **header}, CLAIMS if claims is None else claims, RSA, "RS256")


def es256(claims=None, **header):
    return make({"alg": "ES256", "kid": "ec", **header}, CLAIMS if claims is None else claims, EC, "ES256")


def with_signature(token, change):
    signed, signature = token.rsplit(".", 1)
    return signed + "." + text(change(base64.urlsafe_b64decode(signature + "==")))


def accepted():
    yield "RS256 by PyJWT", jwt.encode(CLAIMS, pem(RSA), "RS256", headers={"kid": "rsa"})
    yield "ES256 by PyJWT", jwt.encode(CLAIMS, pem(EC), "ES256", headers={"kid": "ec"})
    yield "EdDSA by PyJWT", jwt.encode(CLAIMS, pem(ED), "EdDSA", headers={"kid": "ed"})
    for key, algorithm, kid in [(RSA, "RS256", "rsa"), (RSA_LARGE, "RS256", "rsa-large"), (EC, "ES256", "ec"),
                                (ED, "EdDSA", "ed")]:
        token = jws.JWS(json.dumps(CLAIMS).encode())
        token.add_signature(
            jwk.JWK.from_pem(pem(key)), None, json.dumps({"alg": algorithm, "kid": kid, "typ": "JWT"}))
        yield f"{algorithm} by jwcrypto, key {kid}", token.serialize(compact=True)
    yield "the first of two keys with one id", make({"alg": "ES256", "kid": "twin"}, CLAIMS, EC, "ES256")
    yield "the second of two keys with one id", make({"alg": "ES256", "kid": "twin"}, CLAIMS, EC_TWIN, "ES256")
    yield "no key id, one key of the kind", make({"alg": "EdDSA"}, CLAIMS, ED, "EdDSA")
    yield "no key id, several keys of the kind", make({"alg": "RS256"}, CLAIMS, RSA_LARGE, "RS256")
    yield "the type of RFC 9068", rs256(typ="at+jwt")
    yield "the type as a media type", rs256(typ="application/at+JWT")
    yield "addresses of keys, which nobody asks", rs256(
        jku="https://attacker.example/jwks", x5u="https://attacker.example/x", jwk=rsa_jwk(RSA_STRANGER))
    yield "a fraction of a second", rs256({**CLAIMS, "exp": NOW + 0.5})
    yield "an end in the year 5138", rs256({**CLAIMS, "exp": 99_999_999_999})
    yield "an impersonation that is none", rs256({**CLAIMS, "imp": False})


def algorithms():
    signed = text(b'{"alg":"none"}') + "." + text(json.dumps(CLAIMS).encode())
    yield "none, without signature", signed + "."
    yield "none, with a signature", make({"alg": "none", "kid": "rsa"}, CLAIMS, RSA, "RS256")
    for name in ["None", "NONE", "nOnE", "", "rs256", "Rs256", "RS256 ", "RS256\u0000", "RSA", "HS384", "ES256K"]:
        yield f"alg {name!r}", make({"alg": name, "kid": "rsa"}, CLAIMS, RSA, "RS256")
    for name, value in [("missing", {}), ("null", {"alg": None}), ("a list", {"alg": ["RS256"]})]:
        yield f"alg {name}", make({"kid": "rsa", **value}, CLAIMS, RSA, "RS256")
    public = RSA.public_key()
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    secrets = {
        "PEM": public.public_bytes(serialization.Encoding.PEM, spki),
        "PEM without its last line end": public.public_bytes(serialization.Encoding.PEM, spki).rstrip(),
        "DER": public.public_bytes(serialization.Encoding.DER, spki),
        "PKCS 1": public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1),
        "modulus": public.public_numbers().n.to_bytes(256, "big"),
        "JWK": json.dumps(KEYS["keys"][0]).encode(),
        "point": EC.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint),
        "Ed25519 key": ED.public_key().public_bytes_raw(),
    }
    for name, secret in secrets.items():
        for kid in ["rsa", "ec", "ed"]:
            yield f"HS256 with the public key as secret ({name}, {kid})", make(
                {"alg": "HS256", "kid": kid}, CLAIMS, secret, "HS256")
    yield "HS256 with an empty secret", make({"alg": "HS256", "kid": "rsa"}, CLAIMS, b"", "HS256")
    yield "PS256, well signed", jwt.encode(CLAIMS, pem(RSA), "PS256", headers={"kid": "rsa"})
    yield "RS384, well signed", jwt.encode(CLAIMS, pem(RSA), "RS384", headers={"kid": "rsa"})
    yield "RS256 header over a PSS signature", with_signature(rs256(), lambda _: RSA.sign(
        rs256().rsplit(".", 1)[0].encode(), padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256()))
    yield "RS256 header over a SHA-1 signature", with_signature(rs256(), lambda _: RSA.sign(
        rs256().rsplit(".", 1)[0].encode(), padding.PKCS1v15(), hashes.SHA1()))
    yield "ES256 named, RS256 made", make({"alg": "ES256", "kid": "rsa"}, CLAIMS, RSA, "RS256")
    yield "RS256 named, ES256 made", make({"alg": "RS256", "kid": "ec"}, CLAIMS, EC, "ES256")
    yield "EdDSA named, ES256 made", make({"alg": "EdDSA", "kid": "ed"}, CLAIMS, EC, "ES256")
    yield "ES256 named, EdDSA made", make({"alg": "ES256", "kid": "ec"}, CLAIMS, ED, "EdDSA")
    yield "the key of another algorithm", make({"alg": "EdDSA", "kid": "ec"}, CLAIMS, ED, "EdDSA")


def signatures():
    good = es256()
    der = EC.sign(good.rsplit(".", 1)[0].encode(), ec.ECDSA(hashes.SHA256()))
    order = P256_ORDER.to_bytes(32, "big")
    yield "ECDSA: DER", with_signature(good, lambda _: der)
    yield "ECDSA: r and s are 0", with_signature(good, lambda _: bytes(64))
    yield "ECDSA: r is 0", with_signature(good, lambda s: bytes(32) + s[32:])
    yield "ECDSA: s is 0", with_signature(good, lambda s: s[:32] + bytes(32))
    yield "ECDSA: r is the order", with_signature(good, lambda s: order + s[32:])
    yield "ECDSA: s is the order", with_signature(good, lambda s: s[:32] + order)
    yield "ECDSA: r and s are 1", with_signature(good, lambda _: (1).to_bytes(32, "big") * 2)
    yield "ECDSA: all bits set", with_signature(good, lambda _: b"\xff" * 64)
    yield "ECDSA: one byte less", with_signature(good, lambda s: s[:-1])
    yield "ECDSA: one byte more", with_signature(good, lambda s: s + b"\0")
    yield "ECDSA: numbers of 33 bytes", with_signature(good, lambda s: b"\0" + s[:32] + b"\0" + s[32:])
    yield "ECDSA: a stranger's key", make({"alg": "ES256", "kid": "ec"}, CLAIMS, EC_STRANGER, "ES256")
    good = make({"alg": "EdDSA", "kid": "ed"}, CLAIMS, ED, "EdDSA")

    def malleable(signature):
        larger = int.from_bytes(signature[32:], "little") + ED25519_ORDER
        return signature[:32] + larger.to_bytes(32, "little")

    yield "EdDSA: s and the order", with_signature(good, malleable)
    yield "EdDSA: zeros", with_signature(good, lambda _: bytes(64))
    yield "EdDSA: one byte less", with_signature(good, lambda s: s[:-1])
    yield "EdDSA: one byte more", with_signature(good, lambda s: s + b"\0")
    yield "EdDSA: a stranger's key", make({"alg": "EdDSA", "kid": "ed"}, CLAIMS, ED_STRANGER, "EdDSA")
    good = rs256()
    modulus = RSA.public_key().public_numbers().n
    yield "RSA: zeros", with_signature(good, lambda _: bytes(256))
    yield "RSA: one", with_signature(good, lambda _: (1).to_bytes(256, "big"))
    yield "RSA: the modulus", with_signature(good, lambda _: modulus.to_bytes(256, "big"))
    yield "RSA: the modulus added", with_signature(
        good, lambda s: (int.from_bytes(s, "big") + modulus).to_bytes(257, "big"))
    yield "RSA: a leading zero", with_signature(good, lambda s: b"\0" + s)
    yield "RSA: one byte less", with_signature(good, lambda s: s[:-1])
    yield "RSA: empty", good.rsplit(".", 1)[0] + "."
    yield "RSA: a stranger's key", make({"alg": "RS256", "kid": "rsa"}, CLAIMS, RSA_STRANGER, "RS256")
    other = rs256({**CLAIMS, "sub": "user_2"})
    yield "the claims of another token", ".".join([good.split(".")[0], other.split(".")[1], good.split(".")[2]])
    yield "the header of another token", ".".join([rs256(typ="JWT").split(".")[0], *good.split(".")[1:]])


def headers():
    yield "a key id that leads to an empty file", make(
        {"alg": "HS256", "kid": "../../../../dev/null"}, CLAIMS, b"", "HS256")
    for name, kid in [("a path", "../keys/rsa"), ("SQL", "x' UNION SELECT 'secret"), ("a command", "rsa; id"),
                      ("in capitals", "RSA"), ("longer", "rsa "), ("a NUL inside", "rsa\u0000"), ("empty", ""),
                      ("very long", "r" * 300), ("a number", 7), ("null", None), ("a list", ["rsa"]),
                      ("unknown", "other")]:
        yield f"a key id: {name}", rs256(kid=kid)
    yield "no key id, a stranger's key", make({"alg": "RS256"}, CLAIMS, RSA_STRANGER, "RS256")
    for name in ["jwk", "jku", "x5u", "x5c"]:
        value = {"jwk": rsa_jwk(RSA_STRANGER, kid="rsa"), "x5c": ["MIIB"]}.get(name, "http://attacker.example/keys")
        yield f"a key of its own in {name}", make(
            {"alg": "RS256", "kid": "rsa", name: value}, CLAIMS, RSA_STRANGER, "RS256")
    yield "crit", rs256(crit=["exp"], exp=NOW)
    yield "an empty crit", rs256(crit=[])
    yield "b64", rs256(b64=False, crit=["b64"])
    yield "b64 without crit", rs256(b64=False)
    yield "zip", rs256(zip="DEF")
    for kind in ["logout+jwt", "secevent+jwt", "JOSE", "dpop+jwt", "", 7, None]:
        yield f"the type {kind!r}", rs256(typ=kind)
    for name, header in [
            ("alg", b'{"alg":"none","kid":"rsa","alg":"RS256"}'),
            ("alg, escaped", b'{"alg":"RS256","\\u0061lg":"none"}'),
            ("alg, the other way round", b'{"alg":"RS256","kid":"rsa","alg":"none"}'),
            ("kid", b'{"alg":"RS256","kid":"rsa","kid":"rsa"}')]:
        yield f"twice in the header: {name}", make(header, CLAIMS, RSA, "RS256")
    for name, header in [("a list", b'["RS256"]'), ("nothing", b""), ("text behind it", b'{"alg":"RS256"}x'),
                         ("a byte order mark", b'\xef\xbb\xbf{"alg":"RS256","kid":"rsa"}'),
                         ("no UTF-8", b'{"alg":"RS256","kid":"\xff"}'), ("deep", b'{"alg":"RS256","x":' + b"[" * 99)]:
        yield f"a header that is {name}", make(header, CLAIMS, RSA, "RS256")


def claims():
    changes = {
        "no subject": {"sub": None}, "an empty subject": {"sub": ""}, "a subject with NUL": {"sub": "user_1\u0000x"},
        "a subject with a line end": {"sub": "user_1\n"}, "a long subject": {"sub": "u" * 256},
        "a subject that is a list": {"sub": ["user_1"]},
        "exp: text": {"exp": str(NOW + 300)}, "exp: negative": {"exp": -1}, "exp: 0": {"exp": 0},
        "exp: huge": {"exp": 10**30}, "exp: milliseconds": {"exp": (NOW + 300) * 1000},
        "exp: true": {"exp": True}, "exp: null": {"exp": None}, "exp: a list": {"exp": [NOW + 300]},
        "exp: over for 30 seconds": {"exp": NOW - 30}, "nbf: in 31 seconds": {"nbf": NOW + 31},
        "nbf: text": {"nbf": "0"}, "nbf: huge": {"nbf": 10**30}, "iat: in 31 seconds": {"iat": NOW + 31},
        "iat: null": {"iat": None},
        "issuer: other": {"iss": "https://id.example.org"}, "issuer: in capitals": {"iss": "HTTPS://ID.EXAMPLE.ORG/"},
        "issuer: a list": {"iss": ["https://id.example.org/"]}, "issuer: null": {"iss": None},
        "audience: other": {"aud": "other"}, "audience: none of the list": {"aud": ["other", "gantry2"]},
        "audience: empty list": {"aud": []}, "audience: an object": {"aud": {"gantry": 1}},
        "audience: a list with a number": {"aud": ["gantry", 7]}, "audience: null": {"aud": None},
        "tenant: a path": {"org_id": "../org_a"}, "tenant: empty": {"org_id": ""}, "tenant: a number": {"org_id": 7},
        "tenant: NUL": {"org_id": "org_a\u0000"}, "tenant: a list": {"org_id": ["org_a"]},
        "an impersonation": {"imp": True}, "an impersonation in other words": {"imp": "yes"},
    }
    for name, change in changes.items():
        yield name, rs256({**CLAIMS, **change})
    for missing in ["sub", "exp", "iss", "aud"]:
        yield f"no {missing}", rs256({name: value for name, value in CLAIMS.items() if name != missing})
    body = json.dumps(CLAIMS).encode()
    yield "exp: infinite", rs256(body.replace(str(NOW + 300).encode(), b"Infinity"))
    yield "exp: 1e999", rs256(body.replace(str(NOW + 300).encode(), b"1e999"))
    yield "exp: hexadecimal", rs256(body.replace(str(NOW + 300).encode(), b"0xFFFFFFFF"))
    for name in ["sub", "exp", "org_id"]:
        value = json.dumps(CLAIMS[name]).encode()
        yield f"twice: {name}", rs256(body[:-1] + b', "' + name.encode() + b'": ' + value + b"}")
    yield "twice, escaped: sub", rs256(body[:-1] + b', "\\u0073ub": "user_2"}')
    for name, value in [("a list", b"[]"), ("a text", b'"sub"'), ("nothing", b""), ("no UTF-8", b'{"sub":"\xff"}'),
                        ("two objects", body + body), ("deep", b'{"x":' + b"[" * 99 + b"]" * 99 + b"}")]:
        yield f"claims that are {name}", rs256(value)


def forms():
    good = es256()
    head, body, signature = good.split(".")
    yield "padded", ".".join([head + "==", body, signature])
    yield "a line end behind it", good + "\n"
    yield "a blank before it", " " + good
    yield "a blank inside", good.replace(".", " .", 1)
    yield "spare bits set", good[:-1] + chr(ord(good[-1]) + 1)
    yield "the other alphabet", with_signature(good, lambda s: s)[:-3] + "+/A"
    yield "two parts", head + "." + body
    yield "four parts", good + "."
    yield "five parts, as an encrypted token has", ".".join([head, "", "", body, signature])
    yield "three empty parts", ".."
    yield "a dot", "."
    yield "not letters", "\u00e4.\u00f6.\u00fc"
    yield "as JSON", json.dumps({"protected": head, "payload": body, "signature": signature})
    yield "too long, and well signed", es256({**CLAIMS, "more": "x" * 6500})
    yield "too long, and nothing at all", "e" * 100_000
    yield "all dots", "." * 8192


def key_sets():
    """Sets, and how many keys of each can be used; none for one that is no set."""
    usable = rsa_jwk(RSA, kid="rsa")
    yield "nothing in it", {"keys": []}, 0
    yield "all kinds", KEYS, 6
    yield "RSA of 1024 bits", {"keys": [rsa_jwk(RSA_SMALL), usable]}, 1
    modulus = RSA.public_key().public_numbers().n
    for name, change in {
            "an even modulus": {"n": number(modulus + 1)}, "a leading zero": {"n": text(b"\0" + modulus.to_bytes(256))},
            "an exponent of 1": {"e": number(1)}, "an even exponent": {"e": number(65536)},
            "an exponent of 5 bytes": {"e": number(2**32 + 1)}, "an empty exponent": {"e": ""},
            "padding": {"e": "AQAB===="}, "no modulus": {"n": None},
            "a modulus of 8193 bits": {"n": number(2**8192 + 1)},
            "use enc": {"use": "enc"}, "use null": {"use": None}, "operations for others": {"key_ops": ["encrypt"]},
            "another algorithm": {"alg": "RS512"}, "PSS": {"alg": "PS256"}, "HS256": {"alg": "HS256"},
            "its private part": {"d": "AQAB"}, "another type": {"kty": "rsa"}, "a number for an id": {"kid": 7},
            "a control character in its id": {"kid": "a\u0000"}, "a long id": {"kid": "x" * 256}}.items():
        yield f"RSA with {name}", {"keys": [{**usable, **change}]}, 0
    point = ec_jwk(EC)
    for name, change in {
            "another curve": {"crv": "P-384"}, "a point beside the curve": {"x": text(bytes(31) + b"\1")},
            "the point at infinity": {"x": text(bytes(32)), "y": text(bytes(32))},
            "a short number": {"x": text(b"\1" * 31)}, "a long number": {"x": text(b"\0" + b"\1" * 32)},
            "no y": {"y": None}, "another algorithm": {"alg": "ES384"}}.items():
        yield f"EC with {name}", {"keys": [{**point, **change}]}, 0
    yield "EC of another curve", {"keys": [ec_jwk(EC_OTHER_CURVE, "P-384"), ec_jwk(EC_OTHER_CURVE, "P-256")]}, 0
    yield "OKP of another curve", {"keys": [{**ed_jwk(ED), "crv": "X25519"}]}, 0
    yield "OKP of 31 bytes", {"keys": [{**ed_jwk(ED), "x": text(b"\1" * 31)}]}, 0
    yield "the newer name of EdDSA", {"keys": [ed_jwk(ED, alg="Ed25519")]}, 1
    yield "a shared secret", {"keys": [{"kty": "oct", "k": text(b"x" * 32), "alg": "HS256"}]}, 0
    yield "what are no keys", {"keys": [7, None, [], "x", {}]}, 0
    yield "too many keys", {"keys": [usable] * 101}, None
    yield "no list", {"keys": {"rsa": usable}}, None
    yield "a single key", usable, None
    yield "a list", [usable], None


def main():
    refused = {"algorithms": algorithms, "signatures": signatures, "headers": headers, "claims": claims,
               "forms": forms}
    document = {
        "madeBy": "make_tokens.py", "now": NOW, "issuer": CLAIMS["iss"], "audience": CLAIMS["aud"], "keys": KEYS,
        "stranger": {"keys": [rsa_jwk(RSA_STRANGER, kid="rsa")]},
        "accepted": [{"name": name, "token": token} for name, token in accepted()],
        "refused": [{"name": f"{topic}: {name}", "token": token}
                    for topic, cases in refused.items() for name, token in cases()],
        "keySets": [{"name": name, "set": keys, **({} if count is None else {"usable": count})}
                    for name, keys, count in key_sets()],
    }
    path = pathlib.Path(__file__).with_name("tokens.json")
    path.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
