package constituency

import (
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"github.com/ProtonMail/gopenpgp/v3/crypto"

	"github.com/firehall/firehall/internal/core/problem"
)

// madeKey makes a public key that was changed before it was written.
func madeKey(t testing.TB, change func(*crypto.Key)) string {
	t.Helper()
	key, err := crypto.PGP().KeyGeneration().AddUserId("Test", "a@a.example").GenerationTime(day.Unix()).New().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	change(key)
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func signingOnly(t testing.TB) string {
	return madeKey(t, func(k *crypto.Key) { k.GetEntity().Subkeys = nil })
}

func revoked(t testing.TB) string {
	return madeKey(t, func(k *crypto.Key) {
		if err := k.GetEntity().Revoke(packet.KeyRetired, "over", &packet.Config{Time: func() time.Time { return day }}); err != nil {
			t.Fatal(err)
		}
	})
}

func revokedSubkey(t testing.TB) string {
	return madeKey(t, func(k *crypto.Key) {
		if err := k.GetEntity().Subkeys[0].Revoke(packet.KeyRetired, "over", &packet.Config{Time: func() time.Time { return day }}); err != nil {
			t.Fatal(err)
		}
	})
}

func TestKeyUsable(t *testing.T) {
	hour := day.Add(time.Hour)
	tests := []struct {
		name, key string
		at        time.Time
		says      string // "" if something can be encrypted
	}{
		{"good", testKey(t, 0), hour, ""},
		{"ends later", testKey(t, 7200), hour, ""},
		{"none", " \n", hour, "there is no key"},
		{"expired", testKey(t, 1800), hour, "expired on 2026-11-22"},
		{"begins later", testKey(t, 0), day.AddDate(0, 0, -3), "begins only on 2026-11-22"},
		{"for signing only", signingOnly(t), hour, "no subkey that encrypts"},
		{"its subkey revoked", revokedSubkey(t), hour, "no subkey that encrypts"},
		{"revoked", revoked(t), hour, "was revoked by its owner"},
		{"junk", "junk", hour, "cannot be read"},
		{"10 MB", strings.Repeat("x", 10<<20), hour, "10485760 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := KeyUsable(tt.key, tt.at)
			if tt.says == "" && err != nil || tt.says != "" && (!problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says)) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A key is looked at before it is parsed: 10 MB of spaces and a key behind them cost nothing.
func TestHugeKeysAreRefusedEarly(t *testing.T) {
	huge := strings.Repeat(" ", 10<<20) + testKey(t, 0)
	allocated := testing.AllocsPerRun(1, func() {
		if _, err := ReadKey(huge); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "at most 262144") {
			t.Errorf("got %v", err)
		}
	})
	if allocated > 100 {
		t.Errorf("%v allocations", allocated)
	}
}

func TestReadKeyOfUnfitKeys(t *testing.T) {
	if _, err := ReadKey(revoked(t)); !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "was revoked by its owner: ask for the new one") {
		t.Errorf("revoked: %v", err)
	}
	for name, key := range map[string]string{"signing only": signingOnly(t), "its subkey revoked": revokedSubkey(t)} {
		if k, err := ReadKey(key); err != nil || k.Fingerprint == "" || !k.Expires.IsZero() {
			t.Errorf("%s: %+v, %v", name, k, err)
		}
	}
}
