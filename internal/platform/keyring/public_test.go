package keyring_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/keyring"
)

func TestPGP(t *testing.T) {
	r := open(t.TempDir())
	k, err := r.PGP("CERT Example", "cert@example.org")
	if err != nil {
		t.Fatal(err)
	}
	if k.UserID != "CERT Example <cert@example.org>" || len(k.Fingerprint) != 40 || k.Key.GetVersion() != 4 {
		t.Errorf("%q, %s, version %d", k.UserID, k.Fingerprint, k.Key.GetVersion())
	}
	public, err := crypto.NewKeyFromArmored(k.Public)
	if err != nil || public.IsPrivate() || public.GetFingerprint() != k.Fingerprint {
		t.Errorf("the public key: %v", err)
	}
	if !public.CanEncrypt(now.Unix()) || !public.CanEncrypt(now.AddDate(30, 0, 0).Unix()) {
		t.Error("nothing can be encrypted to the key now, or for ever")
	}
	if made := public.GetEntity().PrimaryKey.CreationTime; !made.Equal(now) {
		t.Errorf("made at %s", made)
	}
	renamed, err := r.PGP("Other", "other@example.org")
	if err != nil || renamed.UserID != k.UserID || renamed.Public != k.Public {
		t.Errorf("another name made another key: %q, %v", renamed.UserID, err)
	}
}

func TestPGPNeedsAnAddress(t *testing.T) {
	dir := t.TempDir()
	_, err := open(dir).PGP("CERT Example", "")
	if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "team.email") {
		t.Errorf("got %v", err)
	}
	if _, err := open(dir).PGP("", "cert@example.org"); err != nil {
		t.Errorf("a team without a name: %v", err)
	}
}

func TestHostileNames(t *testing.T) {
	for _, name := range []string{"A <b@c.example>", "(x)", "line\nbreak", "\x00", strings.Repeat("n", 10_000)} {
		k, err := open(t.TempDir()).PGP(name, "cert@example.org")
		if err != nil {
			t.Errorf("%.20q: %v", name, err)
			continue
		}
		if got := k.Key.GetEntity(); len(got.Identities) != 1 || !strings.HasSuffix(k.UserID, "<cert@example.org>") || strings.ContainsAny(k.UserID, "()\n\x00") || strings.Count(k.UserID, "<") != 1 || len(k.UserID) > 300 {
			t.Errorf("%.20q became %.60q", name, k.UserID)
		}
	}
}

// gpg runs Debian's GnuPG in a home of its own.
func gpg(t *testing.T, home string, input []byte, args ...string) string {
	t.Helper()
	cmd := exec.Command("gpg", append([]string{"--homedir", home, "--batch", "--quiet", "--no-autostart", "--no-tty"}, args...)...)
	cmd.Stdin = bytes.NewReader(input)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("gpg %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

// needs skips a test whose program is not installed; where all must run it fails.
func needs(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err == nil {
		return
	}
	if os.Getenv("FIREHALL_TEST_REQUIRE") == "1" {
		t.Fatalf("FIREHALL_TEST_REQUIRE is set and there is no %s", program)
	}
	t.Skipf("there is no %s here (Debian has it)", program)
}

func TestGnuPGTakesTheKey(t *testing.T) {
	needs(t, "gpg")
	k, err := open(t.TempDir()).PGP("CERT Example", "cert@example.org")
	if err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	gpg(t, home, []byte(k.Public), "--import")
	list := gpg(t, home, nil, "--with-colons", "--list-keys")
	for _, want := range []string{"fpr:::::::::" + strings.ToUpper(k.Fingerprint) + ":", ":ed25519:", ":cv25519:", ":CERT Example <cert@example.org>:"} {
		if !strings.Contains(list, want) {
			t.Errorf("gpg does not list %s:\n%s", want, list)
		}
	}
	decryptsFromGnuPG(t, home, k)
	verifiesInGnuPG(t, home, k)
}

func decryptsFromGnuPG(t *testing.T, home string, k keyring.PGP) {
	t.Helper()
	sealed := gpg(t, home, []byte("for the team"), "--trust-model", "always", "--armor", "--encrypt", "-r", k.Fingerprint)
	opener, err := crypto.PGP().Decryption().DecryptionKey(k.Key).New()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := opener.Decrypt([]byte(sealed), crypto.Armor)
	if err != nil || string(opened.Bytes()) != "for the team" {
		t.Errorf("what gpg encrypted opens as %q, %v", opened, err)
	}
}

func verifiesInGnuPG(t *testing.T, home string, k keyring.PGP) {
	t.Helper()
	signer, err := crypto.PGP().Sign().SigningKey(k.Key).Detached().New()
	if err != nil {
		t.Fatal(err)
	}
	signature, err := signer.Sign([]byte("from the team"), crypto.Armor)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(home, "text.asc")
	if err := os.WriteFile(file, signature, 0o600); err != nil {
		t.Fatal(err)
	}
	status := gpg(t, home, []byte("from the team"), "--status-fd", "1", "--verify", file, "-")
	if !strings.Contains(status, "VALIDSIG "+strings.ToUpper(k.Fingerprint)) {
		t.Errorf("gpg says:\n%s", status)
	}
}

func TestDKIMRecord(t *testing.T) {
	key, err := open(t.TempDir()).DKIM()
	if err != nil {
		t.Fatal(err)
	}
	record, err := keyring.DKIMRecord(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	text, ok := strings.CutPrefix(record, "v=DKIM1; k=rsa; p=")
	der, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		t.Fatalf("%s: %v", record, err)
	}
	public, err := x509.ParsePKIXPublicKey(der)
	if rsaKey, ok := public.(*rsa.PublicKey); err != nil || !ok || rsaKey.N.BitLen() != 2048 || !rsaKey.Equal(key.Public()) {
		t.Errorf("the record holds another key: %v", err)
	}
	if _, err := keyring.DKIMRecord("no key"); err == nil {
		t.Error("a string is a key")
	}
}

func TestZoneText(t *testing.T) {
	for _, n := range []int{0, 1, 254, 255, 256, 510, 511, 1000} {
		record := strings.Repeat("x", n)
		var whole string
		for part := range strings.SplitSeq(keyring.ZoneText(record), " ") {
			inside := strings.Trim(part, `"`)
			if len(part) != len(inside)+2 || len(inside) > 255 {
				t.Errorf("%d: a string of %d", n, len(inside))
			}
			whole += inside
		}
		if whole != record {
			t.Errorf("%d: put together it is %d long", n, len(whole))
		}
	}
}

// TestWebhookSecret computes the secret again from the file, as the documentation says it is made.
func TestWebhookSecret(t *testing.T) {
	dir := t.TempDir()
	r := open(dir)
	a, err := r.WebhookSecret("01k0a")
	if err != nil {
		t.Fatal(err)
	}
	b, err := r.WebhookSecret("01k0b")
	if err != nil || a == b {
		t.Fatalf("two contacts have one secret, %v", err)
	}
	root, err := r.Secret("webhook")
	if err != nil {
		t.Fatal(err)
	}
	mac := hmac.New(sha256.New, root[:])
	mac.Write([]byte("01k0a"))
	raw, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(a, "whsec_"))
	// Standard Webhooks, "Symmetric: HMAC-SHA256": between 24 and 64 bytes, prefixed whsec_.
	if err != nil || !strings.HasPrefix(a, "whsec_") || len(raw) < 24 || len(raw) > 64 || !hmac.Equal(raw, mac.Sum(nil)) {
		t.Errorf("%s: %v", a, err)
	}
}
