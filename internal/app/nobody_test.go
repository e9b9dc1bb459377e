package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

// Nobody may send, hear bounces, or have keys; and no key is made for him.
func TestNobodyMayDoAnythingWithMessages(t *testing.T) {
	h := newHouse(t)
	h.conf.Team.Name, h.conf.Team.Email = "CERT Example", "cert@cert.example"
	a, _ := h.open()
	ctx, nobody := t.Context(), identity.Actor{}
	for name, do := range map[string]func() error{
		"Deliver":        func() error { _, err := a.Deliver(ctx, nobody, nil); return err },
		"TakeBounces":    func() error { _, err := a.TakeBounces(ctx, nobody, strings.NewReader("From: a@b\n\nx\n")); return err },
		"PublicKeys":     func() error { _, err := a.PublicKeys(nobody); return err },
		"WebhookSecrets": func() error { _, err := a.WebhookSecrets(ctx, nobody, "https://soc.example/hook"); return err },
		"forget":         func() error { return a.forgetMessages(ctx, nobody) },
	} {
		if err := do(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, key := range []string{"return-path.key", "pgp.key", "dkim.key", "webhook.key"} {
		if _, err := os.Stat(filepath.Join(h.conf.Data.Dir, "keys", key)); err == nil {
			t.Errorf("%s was made", key)
		}
	}
}
