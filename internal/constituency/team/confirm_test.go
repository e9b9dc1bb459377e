package team

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// secretOf is the secret of the link in a letter.
func secretOf(t *testing.T, l Letter) string {
	t.Helper()
	secret, ok := strings.CutPrefix(l.Link, "https://csirt.example"+ConfirmPath)
	if !ok || l.Kind != AskConfirm {
		t.Fatalf("%+v", l)
	}
	return secret
}

// A team confirms its entry by a link: looking changes nothing, saying so does, once.
func TestConfirm(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.load(someTeams, ImportOptions{})
		e := h.named("UniCERT")
		if err := h.Ask(ctx, ada, e.Team.Organisation); err != nil {
			t.Fatal(err)
		}
		h.wrote(AskConfirm, "cert@uni.example", "contact: cert@uni.example")
		secret := secretOf(t, h.letters[0])
		var stored int
		err := h.DB.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(`SELECT count(*) FROM team_link WHERE hash = $1`, secret).Scan(&stored)
		})
		if err != nil || stored != 0 {
			t.Errorf("the secret itself is stored: %v", err)
		}
		for range 2 {
			if got, err := h.Follow(ctx, secret); err != nil || got.Organisation.Name != "UniCERT" || !got.Team.Confirmed.IsZero() {
				t.Fatalf("%+v, %v", got, err)
			}
		}
		if got, err := h.ConfirmLink(ctx, secret, e.Stamp()); err != nil || !got.Team.Confirmed.Equal(day) || got.Team.ConfirmedBy != "link" {
			t.Fatalf("%+v, %v", got, err)
		}
		_, followed := h.Follow(ctx, secret)
		_, again := h.ConfirmLink(ctx, secret, e.Stamp())
		_, wrong := h.ConfirmLink(ctx, "x", e.Stamp())
		_, long := h.Follow(ctx, strings.Repeat("x", 1000))
		for name, err := range map[string]error{"followed": followed, "again": again, "wrong": wrong, "long": long} {
			if !problem.Is(err, problem.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// A team confirms what it was shown: nothing, once that is another.
func TestConfirmsWhatWasShown(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		h.load(someTeams, ImportOptions{})
		if err := h.Ask(ctx, ada, h.named("UniCERT").Team.Organisation); err != nil {
			t.Fatal(err)
		}
		secret := secretOf(t, h.letters[0])
		shown := func() string {
			t.Helper()
			e, err := h.Follow(ctx, secret)
			if err != nil {
				t.Fatal(err)
			}
			return e.Stamp()
		}
		before := shown()
		changed := h.named("UniCERT").Team
		changed.Hours = "08-16"
		if _, err := h.Put(ctx, ada, changed); err != nil {
			t.Fatal(err)
		}
		withHours := shown()
		h.load("name,country,networks\nUniCERT,FI,198.51.100.0/24\n", ImportOptions{})
		for _, seen := range []string{before, withHours, "", "x"} {
			if _, err := h.ConfirmLink(ctx, secret, seen); !problem.Is(err, problem.Conflict) {
				t.Errorf("%q: %v", seen, err)
			}
		}
		if e := h.named("UniCERT"); !e.Team.Confirmed.IsZero() {
			t.Errorf("confirmed %v", e.Team.Confirmed)
		}
		if _, err := h.ConfirmLink(ctx, secret, shown()); err != nil {
			t.Errorf("looked at again: %v", err)
		}
	})
}

// Another network than those that a letter has room for is another entry.
func TestStampCoversAllNetworks(t *testing.T) {
	var e Entry
	for range lettersNetworks + 1 {
		e.Networks = append(e.Networks, constituency.Network{Value: "192.0.2.0/24"})
	}
	before := e.Stamp()
	e.Networks[lettersNetworks].Value = "198.51.100.0/24"
	if e.Stamp() == before || len(e.Lines()) == len(e.All()) && strings.Contains(strings.Join(e.Lines(), " "), "198.51.100.0") {
		t.Error("the last network does not count")
	}
}

func TestLinksExpire(t *testing.T) {
	h := one(t)
	h.load(someTeams, ImportOptions{})
	if err := h.Ask(ctx, ada, h.named("UniCERT").Team.Organisation); err != nil {
		t.Fatal(err)
	}
	h.now.Advance(linkTime)
	if _, err := h.Follow(ctx, secretOf(t, h.letters[0])); !problem.Is(err, problem.NotFound) {
		t.Error(err)
	}
	h.now.Advance(2 * keepLinks)
	var left int
	if err := h.Forget(ctx, identity.System("test")); err != nil {
		t.Fatal(err)
	}
	err := h.DB.Read(ctx, func(tx *sqldb.Tx) error { return tx.QueryRow(`SELECT count(*) FROM team_link`).Scan(&left) })
	if err != nil || left != 0 {
		t.Errorf("%d are left, %v", left, err)
	}
}

// Each team is asked once an interval, and again later if it does not answer.
func TestAskDue(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		system := identity.System("directory")
		h.load(someTeams, ImportOptions{})
		ask := func(want int) {
			t.Helper()
			if n, err := h.AskDue(ctx, system); err != nil || n != want {
				t.Errorf("%d asked, want %d, %v", n, want, err)
			}
		}
		ask(0) // they are new
		h.now.Advance(180 * 24 * time.Hour)
		ask(3)
		ask(0)
		if _, err := h.ConfirmLink(ctx, secretOf(t, h.letters[0]), h.named(h.letters[0].Name).Stamp()); err != nil {
			t.Fatal(err)
		}
		if err := h.Vouch(ctx, ada, h.named(h.letters[1].Name).Team.Organisation, "rang Bo"); err != nil { // imported at once, they are asked in any order
			t.Fatal(err)
		}
		h.now.Advance(askPause)
		ask(1)
	})
}

func TestAskWhoCannotBeAsked(t *testing.T) {
	h := one(t)
	h.load("name,phone\nBy Phone,+358 29 5390230\n", ImportOptions{})
	id := h.named("By Phone").Team.Organisation
	if err := h.Ask(ctx, ada, id); !problem.Is(err, problem.Conflict) {
		t.Error(err)
	}
	if err := h.Vouch(ctx, ada, id, " "); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
	h.Base = ""
	if err := h.Ask(ctx, ada, id); !problem.Is(err, problem.Unavailable) {
		t.Error(err)
	}
}
