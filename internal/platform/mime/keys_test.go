package mime

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	pgp "github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/smallstep/pkcs7"
)

// people are the keys of a test: the team's, those of Ada, who is known, and of Eve, who is not.
type people struct {
	team, ada, eve *pgp.Key
	teamID         Identity
	adaID, eveID   Identity
}

var everybody = sync.OnceValue(func() people {
	return people{
		team: pgpKey("CERT", "cert@cert.example"), ada: pgpKey("Ada", "ada@victim.example"), eve: pgpKey("Ada", "ada@victim.example"),
		teamID: certificate("cert@cert.example"), adaID: certificate("ada@victim.example"), eveID: certificate("eve@evil.example"),
	}
})

func pgpKey(name, email string) *pgp.Key {
	k, err := pgp.PGP().KeyGeneration().AddUserId(name, email).GenerationTime(time.Now().Add(-time.Hour).Unix()).New().GenerateKey()
	if err != nil {
		panic(err)
	}
	return k
}

// certificate makes one that stands for itself.
func certificate(email string) Identity {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: email}, EmailAddresses: []string{email},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return Identity{c, key}
}

// opener is the team's, who knows Ada's key and certificate.
func opener(t testing.TB) *Opener {
	t.Helper()
	p := everybody()
	public, err := p.ada.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return &Opener{
		Keys: []*pgp.Key{p.team}, SMIME: []Identity{p.teamID},
		Known: func(_ context.Context, address string) ([]SenderKey, error) {
			switch address {
			case "ada@victim.example":
				return []SenderKey{{OpenPGP: public}, {Certificate: p.adaID.Certificate}, {OpenPGP: "junk"}}, nil
			case "broken@victim.example":
				return nil, errors.New("no database")
			}
			return nil, nil
		},
	}
}

func encryptTo(t testing.TB, to, by *pgp.Key, text string) string {
	t.Helper()
	b := pgp.PGP().Encryption().Recipient(to)
	if by != nil {
		b = b.SigningKey(by)
	}
	handle, err := b.New()
	if err != nil {
		t.Fatal(err)
	}
	message, err := handle.Encrypt([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	armoured, err := message.Armor()
	if err != nil {
		t.Fatal(err)
	}
	return armoured
}

func detached(t testing.TB, by *pgp.Key, text string) string {
	t.Helper()
	handle, err := pgp.PGP().Sign().SigningKey(by).Detached().New()
	if err != nil {
		t.Fatal(err)
	}
	out, err := handle.Sign([]byte(text), pgp.Armor)
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func pgpMIME(armoured string) string {
	return mailOf("Content-Type: multipart/encrypted; protocol=\"application/pgp-encrypted\"; boundary=b\r\n",
		mixed("Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n", "Content-Type: application/octet-stream\r\n\r\n"+armoured))
}

func signedMail(kind, part, signatureHeader, signature string) string {
	return mailOf("Content-Type: multipart/signed; protocol=\""+kind+"\"; micalg=x; boundary=b\r\n", mixed(part, "Content-Type: "+kind+"\r\n"+signatureHeader+"\r\n"+signature))
}

// cmsSigned signs with pkcs7, detached or with the text within.
func cmsSigned(t testing.TB, by Identity, text string, apart bool) []byte {
	t.Helper()
	sd, err := pkcs7.NewSignedData([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sd.SetDigestAlgorithm(pkcs7.OIDDigestAlgorithmSHA256)
	if err := sd.AddSigner(by.Certificate, by.Key, pkcs7.SignerInfoConfig{}); err != nil {
		t.Fatal(err)
	}
	if apart {
		sd.Detach()
	}
	out, err := sd.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func cmsEncrypted(t testing.TB, to Identity, text string) []byte {
	t.Helper()
	out, err := pkcs7.Encrypt([]byte(text), []*x509.Certificate{to.Certificate})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func opened(t testing.TB, o *Opener, raw string) *Message {
	t.Helper()
	m := readText(t, raw)
	if err := o.Open(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// program is one that a test runs; without it the test is skipped, or fails if FIREHALL_TEST_REQUIRE=1.
func program(t testing.TB, name string) func(dir, stdin string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		if os.Getenv("FIREHALL_TEST_REQUIRE") == "1" {
			t.Fatalf("FIREHALL_TEST_REQUIRE=1, and there is no %s", name)
		}
		t.Skip("there is no " + name)
	}
	return func(dir, stdin string, args ...string) string {
		t.Helper()
		out, err := run(path, dir, stdin, args)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
}

func run(path, dir, stdin string, args []string) (string, error) {
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GNUPGHOME="+dir, "LC_ALL=C")
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("%s %v: %w\n%s", path, args, err, said.String())
	}
	return out.String(), nil
}

// everybodysRoots believes Eve's certificate, which stands for itself.
func everybodysRoots(t testing.TB) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(everybody().eveID.Certificate)
	return pool
}
