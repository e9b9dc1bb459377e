package smime

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"errors"
	"math/big"
	"slices"
	"time"
)

// The names of RFC 5652, RFC 3370, RFC 5754 and RFC 3565.
var (
	oidData          = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
	oidSigned        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	oidEnveloped     = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 3}
	oidContentType   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	oidMessageDigest = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	oidSigningTime   = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	oidCapabilities  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 15}
	oidRSA           = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
	oidECDSA         = asn1.ObjectIdentifier{1, 2, 840, 10045, 4, 3, 2} // with SHA-256
	oidSHA256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 2, 1}
	oidAES256        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42} // CBC
	oidAES128        = asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 2}  // CBC
)

// Digest is the hash of signatures as the parameter micalg names it (RFC 8551 §3.5.3.2).
const Digest = "sha-256"

const keySize = 32 // of AES-256, in bytes

type contentInfo struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      struct{ Type asn1.ObjectIdentifier }
	Certificates asn1.RawValue
	Signers      []signerInfo `asn1:"set"`
}

type signerInfo struct {
	Version    int
	Signer     issuerAndSerial
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

type issuerAndSerial struct {
	Issuer asn1.RawValue
	Serial *big.Int
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values asn1.RawValue
}

type envelopedData struct {
	Version    int
	Recipients []recipientInfo `asn1:"set"`
	Content    encryptedContent
}

type recipientInfo struct {
	Version   int
	Recipient issuerAndSerial
	Algorithm pkix.AlgorithmIdentifier
	Key       []byte
}

type encryptedContent struct {
	Type      asn1.ObjectIdentifier
	Algorithm pkix.AlgorithmIdentifier
	Data      asn1.RawValue
}

// Sign returns a detached signature in DER over the text, made at a moment, with the certificates that verify it.
func Sign(text []byte, id *Identity, at time.Time) ([]byte, error) {
	attributes, err := signedAttributes(sha256.Sum256(text), at)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(attributes)
	signature, err := id.Key.Sign(rand.Reader, sum[:], crypto.SHA256)
	if err != nil {
		return nil, err
	}
	digest := pkix.AlgorithmIdentifier{Algorithm: oidSHA256}
	algorithm := pkix.AlgorithmIdentifier{Algorithm: oidECDSA}
	if id.Certificate.PublicKeyAlgorithm == x509.RSA {
		algorithm = pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}
	}
	inside := slices.Clone(attributes)
	inside[0] = 0xa0 // [0] IMPLICIT in the structure, a SET where it is hashed (RFC 5652 §5.4)
	data := signedData{
		Version: 1, Digests: []pkix.AlgorithmIdentifier{digest}, Certificates: certificates(id),
		Signers: []signerInfo{{1, named(id.Certificate), digest, asn1.RawValue{FullBytes: inside}, algorithm, signature}},
	}
	data.Content.Type = oidData
	return wrap(oidSigned, data)
}

// signedAttributes are what is signed, as a SET in DER.
func signedAttributes(sum [32]byte, at time.Time) ([]byte, error) {
	// Whoever answers learns what can be opened here.
	capabilities := []pkix.AlgorithmIdentifier{{Algorithm: oidAES256}, {Algorithm: oidAES128}}
	var list []attribute
	for _, a := range []struct {
		oid   asn1.ObjectIdentifier
		value any
	}{{oidContentType, oidData}, {oidSigningTime, at.UTC()}, {oidMessageDigest, sum[:]}, {oidCapabilities, capabilities}} {
		value, err := asn1.Marshal(a.value)
		if err != nil {
			return nil, err
		}
		list = append(list, attribute{a.oid, asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: value}})
	}
	return asn1.MarshalWithParams(list, "set")
}

func certificates(id *Identity) asn1.RawValue {
	all := slices.Clone(id.Certificate.Raw)
	for _, c := range id.Issuers {
		all = append(all, c.Raw...)
	}
	return asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: all}
}

func named(c *x509.Certificate) issuerAndSerial {
	return issuerAndSerial{asn1.RawValue{FullBytes: c.RawIssuer}, c.SerialNumber}
}

func wrap(kind asn1.ObjectIdentifier, content any) ([]byte, error) {
	inner, err := asn1.Marshal(content)
	if err != nil {
		return nil, err
	}
	return asn1.Marshal(contentInfo{kind, asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, IsCompound: true, Bytes: inner}})
}

// Encrypt returns an envelope in DER that each of the certificates' holders opens, and nobody else.
func Encrypt(text []byte, to ...*x509.Certificate) ([]byte, error) {
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // it never fails
	content, err := sealed(text, key)
	if err != nil {
		return nil, err
	}
	data := envelopedData{Content: content}
	for _, c := range to {
		r, err := given(key, c)
		if err != nil {
			return nil, err
		}
		data.Recipients = append(data.Recipients, r)
	}
	if len(to) == 0 {
		return nil, errors.New("an envelope needs somebody who opens it")
	}
	return wrap(oidEnveloped, data)
}

// given is the key for the holder of a certificate.
func given(key []byte, c *x509.Certificate) (recipientInfo, error) {
	public, ok := c.PublicKey.(*rsa.PublicKey)
	if !ok {
		return recipientInfo{}, errors.New("only certificates with an RSA key are encrypted to")
	}
	encrypted, err := encryptKey(key, public)
	return recipientInfo{0, named(c), pkix.AlgorithmIdentifier{Algorithm: oidRSA, Parameters: asn1.NullRawValue}, encrypted}, err
}

// encryptKey encrypts a key as all mail programs can read it.
func encryptKey(key []byte, to *rsa.PublicKey) ([]byte, error) {
	//nolint:staticcheck // RFC 8551 §2.3 has every reader know it, and common ones know no OAEP; its weakness is in readers that tell why they failed
	return rsa.EncryptPKCS1v15(rand.Reader, to, key)
}

// sealed is the text in AES-256-CBC, filled up as RFC 5652 §6.3 says.
func sealed(text, key []byte) (encryptedContent, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return encryptedContent{}, err
	}
	iv := make([]byte, aes.BlockSize)
	_, _ = rand.Read(iv)
	fill := aes.BlockSize - len(text)%aes.BlockSize
	data := make([]byte, len(text)+fill)
	for i := copy(data, text); i < len(data); i++ {
		data[i] = byte(fill)
	}
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(data, data)
	return encryptedContent{
		Type: oidData, Algorithm: pkix.AlgorithmIdentifier{Algorithm: oidAES256, Parameters: asn1.RawValue{Tag: asn1.TagOctetString, Bytes: iv}},
		Data: asn1.RawValue{Class: asn1.ClassContextSpecific, Tag: 0, Bytes: data},
	}, nil
}
