package mail_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/ProtonMail/gopenpgp/v3/profile"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
)

var longAgo = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// halves are the two raw parts of a PGP/MIME message, and the parameters of its type.
func halves(t testing.TB, b []byte) (kind string, params map[string]string, first, second []byte) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(parse(t, b).Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	pieces := bytes.Split(b, []byte("\r\n--"+params["boundary"]))
	if len(pieces) != 4 || string(pieces[3]) != "--\r\n" {
		t.Fatalf("%d pieces between boundaries", len(pieces))
	}
	return kind, params, bytes.TrimPrefix(pieces[1], []byte("\r\n")), bytes.TrimPrefix(pieces[2], []byte("\r\n"))
}

// bodyOf is what follows the header of a part.
func bodyOf(raw []byte) []byte {
	_, body, _ := bytes.Cut(raw, []byte("\r\n\r\n"))
	return body
}

func teamKey(t testing.TB) *crypto.Key {
	t.Helper()
	k, err := ring(t).PGP("", "")
	if err != nil {
		t.Fatal(err)
	}
	return k.Key
}

func TestSigned(t *testing.T) {
	r := compose(t, channel(t, nil), draft())
	kind, params, signed, second := halves(t, r.Bytes)
	if kind != "multipart/signed" || params["protocol"] != "application/pgp-signature" || !strings.HasPrefix(params["micalg"], "pgp-sha") {
		t.Errorf("%s %v", kind, params)
	}
	verifier, err := crypto.PGP().Verify().VerificationKey(teamKey(t)).New()
	if err != nil {
		t.Fatal(err)
	}
	result, err := verifier.VerifyDetached(signed, bodyOf(second), crypto.Armor)
	if err != nil || result.SignatureError() != nil {
		t.Fatalf("%v, %v", err, result.SignatureError())
	}
	result, err = verifier.VerifyDetached(bytes.Replace(signed, []byte("192"), []byte("193"), 1), bodyOf(second), crypto.Armor)
	if err == nil && result.SignatureError() == nil && bytes.Contains(signed, []byte("192")) {
		t.Error("changed, and the signature still holds")
	}
	for _, line := range strings.Split(string(signed), "\r\n") {
		if len(line) > 76 || strings.HasPrefix(line, "From ") || strings.HasSuffix(line, " ") {
			t.Errorf("a server may change the line %q", line)
		}
	}
}

func TestEncrypted(t *testing.T) {
	keys := map[string]*crypto.Key{
		"Ed25519/X25519 v4": newKey(t, profile.Default(), longAgo, 0),
		"RSA":               newKey(t, profile.RFC4880(), longAgo, 0),
		"RFC 9580 v6":       newKey(t, profile.RFC9580(), longAgo, 0),
	}
	c := channel(t, nil)
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			d := draft()
			d.To.Key, d.Label = public(t, key), tlp.Amber
			r := compose(t, c, d)
			wellFormed(t, r.Bytes, false)
			for _, secret := range []string{"192.0.2.1", "open services", "events.csv", "feeds"} {
				if bytes.Contains(r.Bytes, []byte(secret)) {
					t.Errorf("%q can be read on the way", secret)
				}
			}
			kind, params, control, data := halves(t, r.Bytes)
			if kind != "multipart/encrypted" || params["protocol"] != "application/pgp-encrypted" || string(bodyOf(control)) != "Version: 1\r\n" {
				t.Errorf("%s %v %q", kind, params, control)
			}
			plain := decrypted(t, bodyOf(data), key)
			if parts := open(t, plain); len(parts) != 2 || !strings.HasPrefix(parts[0].body, d.Subject) || parts[1].body != string(d.Attachments[0].Data) {
				t.Errorf("%+v", parts)
			}
			if got := parse(t, plain).Header.Get("Subject"); got != d.Subject {
				t.Errorf("the subject inside is %q", got)
			}
			if own := decrypted(t, bodyOf(data), teamKey(t)); !bytes.Equal(own, plain) {
				t.Error("the team reads something else than the recipient")
			}
			stranger, err := crypto.PGP().Decryption().DecryptionKey(newKey(t, profile.Default(), longAgo, 0)).New()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := stranger.Decrypt(bodyOf(data), crypto.Armor); err == nil {
				t.Error("a stranger reads it")
			}
		})
	}
}

// decrypted opens a message with one key, and verifies that the team signed it.
func decrypted(t *testing.T, armoured []byte, key *crypto.Key) []byte {
	t.Helper()
	box, err := crypto.PGP().Decryption().DecryptionKey(key).VerificationKey(teamKey(t)).New()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := box.Decrypt(armoured, crypto.Armor)
	if err != nil || plain.SignatureError() != nil {
		t.Fatalf("%v, %v", err, plain.SignatureError())
	}
	return plain.Bytes()
}

func TestAClockBeforeTheKey(t *testing.T) {
	c, err := mail.New(config(), ring(t), clock.At(longAgo), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, _, signed, second := halves(t, compose(t, c, draft()).Bytes)
	verifier, err := crypto.PGP().Verify().VerificationKey(teamKey(t)).New()
	if err != nil {
		t.Fatal(err)
	}
	if result, err := verifier.VerifyDetached(signed, bodyOf(second), crypto.Armor); err != nil || result.SignatureError() != nil {
		t.Errorf("%v, %v", err, result.SignatureError())
	}
}

func TestKeysThatCannotBeUsed(t *testing.T) {
	revoked := newKey(t, profile.Default(), longAgo, 0)
	if err := revoked.GetEntity().Revoke(packet.KeyCompromised, "", nil); err != nil {
		t.Fatal(err)
	}
	keys := map[string]string{
		"expired": public(t, newKey(t, profile.Default(), longAgo, 24*time.Hour)), "revoked": public(t, revoked),
		"10 MB": strings.Repeat("-----BEGIN PGP PUBLIC KEY BLOCK-----\n", 10<<20/37), "rubbish": "no key", "none": "",
	}
	const plain, held = false, true
	tests := []struct {
		key      string
		required bool
		label    tlp.Label
		held     bool
		says     string
	}{
		{"expired", true, tlp.Clear, held, "expired on 2024-01-02"},
		{"revoked", true, tlp.Clear, held, "revoked"},
		{"10 MB", true, tlp.Clear, held, ""},
		{"rubbish", true, tlp.Clear, held, ""},
		{"none", true, tlp.Clear, held, "has no key"},
		{"expired", false, tlp.Amber, held, "remove the key"},
		{"revoked", false, tlp.AmberStrict, held, "TLP:AMBER+STRICT is not sent unencrypted"},
		{"10 MB", false, tlp.Amber, held, ""},
		{"expired", false, tlp.Green, plain, ""},
		{"revoked", false, tlp.Clear, plain, ""},
		{"rubbish", false, tlp.Green, plain, ""},
		{"none", false, tlp.Red, plain, ""},
	}
	c := channel(t, nil)
	for _, tt := range tests {
		t.Run(tt.key+" "+tt.label.Short(), func(t *testing.T) {
			d := draft()
			d.To.Key, d.Label = keys[tt.key], tt.label
			if tt.required {
				d.To.Encryption = constituency.EncryptionRequired
			}
			r, err := c.Compose(context.Background(), d)
			if tt.held {
				if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 500 {
					t.Errorf("%v", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if kind, _, _, _ := halves(t, r.Bytes); kind != "multipart/signed" {
				t.Error(kind)
			}
		})
	}
}

// gpg is a fresh GnuPG home with the team's public key in it.
type gpg struct {
	t    *testing.T
	home string
}

func newGPG(t *testing.T) gpg {
	t.Helper()
	need(t, "gpg")
	home, err := os.MkdirTemp("", "gpg") // t.TempDir is too long a path for the agent's socket
	if err != nil {
		t.Fatal(err)
	}
	g := gpg{t, home}
	t.Cleanup(func() {
		_ = exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run()
		_ = os.RemoveAll(home)
	})
	g.run([]byte(public(t, teamKey(t))), "--import")
	return g
}

// run runs gpg; an exit status that is not 0 fails the test.
func (g gpg) run(in []byte, args ...string) (out, status string) {
	g.t.Helper()
	cmd := exec.Command("gpg", append([]string{"--homedir", g.home, "--batch", "--no-tty", "--trust-model", "always", "--status-fd", "2"}, args...)...)
	cmd.Stdin = bytes.NewReader(in)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		g.t.Fatalf("gpg %v: %v\n%s", args, err, stderr.String())
	}
	return stdout.String(), stderr.String()
}

func (g gpg) file(name string, content []byte) string {
	path := filepath.Join(g.home, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		g.t.Fatal(err)
	}
	return path
}

func TestGnuPGVerifies(t *testing.T) {
	g := newGPG(t)
	c := channel(t, nil)
	drafts := map[string]delivery.Draft{"plain": draft(), "letters": draft(), "blank": draft()}
	d := draft()
	d.Text = strings.Repeat("Привет \n\n", 50)
	drafts["letters"] = d
	d.Text, d.Attachments = " \n \t\n\n", nil
	drafts["blank"] = d
	for name, d := range drafts {
		t.Run(name, func(t *testing.T) {
			_, params, signed, second := halves(t, compose(t, c, d).Bytes)
			_, status := g.run(nil, "--verify", g.file(name+".asc", bodyOf(second)), g.file(name, signed))
			if !strings.Contains(status, "GOODSIG") || !strings.Contains(status, "VALIDSIG") {
				t.Error(status)
			}
			if hash := map[string]string{"pgp-sha256": " 8 ", "pgp-sha512": " 10 ", "pgp-sha384": " 9 "}[params["micalg"]]; !strings.Contains(status, hash) {
				t.Errorf("micalg is %s, gpg says %s", params["micalg"], status)
			}
		})
	}
}

func TestGnuPGDecrypts(t *testing.T) {
	g := newGPG(t)
	c := channel(t, nil)
	keys := map[string]string{
		"made by us":  public(t, g.give(newKey(t, profile.Default(), longAgo, 0))),
		"RSA":         public(t, g.give(newKey(t, profile.RFC4880(), longAgo, 0))),
		"gpg default": g.make("future-default"),
		"gpg RSA":     g.make("rsa2048"),
	}
	for name, key := range keys {
		t.Run(name, func(t *testing.T) {
			d := draft()
			d.To.Key = key
			_, _, _, data := halves(t, compose(t, c, d).Bytes)
			plain, status := g.run(bodyOf(data), "--decrypt")
			if !strings.Contains(status, "DECRYPTION_OKAY") || !strings.Contains(status, "GOODSIG") || !strings.Contains(status, "GOODMDC") {
				t.Error(status)
			}
			if strings.Count(status, "ENC_TO") != 2 {
				t.Errorf("it is not for the recipient and the team: %s", status)
			}
			if parts := open(t, []byte(plain)); len(parts) != 2 || parts[1].body != string(d.Attachments[0].Data) {
				t.Errorf("%q", plain)
			}
		})
	}
}

// TestGnuPGDecryptsForTheTeam has nothing but the team's private key and the message as it was sent, as docs/ops/mail.md tells people to read it.
func TestGnuPGDecryptsForTheTeam(t *testing.T) {
	g := newGPG(t)
	g.give(teamKey(t))
	d := draft()
	d.To.Key = public(t, newKey(t, profile.Default(), longAgo, 0))
	if plain, status := g.run(compose(t, channel(t, nil), d).Bytes, "--decrypt"); !strings.Contains(status, "DECRYPTION_OKAY") || len(open(t, []byte(plain))) != 2 {
		t.Error(status)
	}
}

// give imports the private key of a contact.
func (g gpg) give(k *crypto.Key) *crypto.Key {
	g.t.Helper()
	text, err := k.Armor()
	if err != nil {
		g.t.Fatal(err)
	}
	g.run([]byte(text), "--import")
	return k
}

// make makes a key with gpg itself.
func (g gpg) make(algorithm string) (armoured string) {
	g.t.Helper()
	address := algorithm + "@isp.example.net"
	kind := "default"
	if algorithm == "rsa2048" {
		g.run([]byte("%no-protection\nKey-Type: RSA\nKey-Length: 2048\nSubkey-Type: RSA\nSubkey-Length: 2048\nName-Email: "+address+"\nExpire-Date: 0\n%commit\n"), "--gen-key")
	} else {
		g.run(nil, "--passphrase", "", "--quick-gen-key", address, algorithm, kind, "never")
	}
	armoured, _ = g.run(nil, "--armor", "--export", address)
	return armoured
}

func TestStandardReaderOpensTheSignedMessage(t *testing.T) {
	m := parse(t, compose(t, channel(t, nil), draft()).Bytes)
	_, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := multipart.NewReader(m.Body, params["boundary"]).NextRawPart()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(p); err != nil || !bytes.Contains(b, []byte("events.csv")) {
		t.Errorf("%v: %s", err, b)
	}
}
