package countermeasure

import (
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// A party is written to in the language of its contact in the register; a letter that nobody changed is put into it, what a person wrote stays.
func TestLettersAreInTheLanguageOfTheContact(t *testing.T) {
	each(t, nil, func(t *testing.T, h *house) {
		if err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			o, err := constituency.AddOrganisationIn(tx, h.clock.Now(), constituency.Organisation{Name: "Hébergeur"})
			if err == nil {
				_, err = constituency.AddContactIn(tx, h.clock.Now(), constituency.Contact{Organisation: o.ID, Address: "abuse@hoster.example", Language: "fr-CA", Purpose: constituency.Abuse})
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		c := h.draft(t, nil)
		letters, err := h.Letters(t.Context(), ada, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		c = h.must(t, c.ID, Moving{Move: MoveAsk, Party: hoster(), Text: strings.ReplaceAll(letters[MoveAsk], "\n", "\r\n")})
		if m := c.Messages[0]; !strings.HasPrefix(m.Subject, "Demande de retirer : hxxp") || !strings.Contains(m.Text, "Nous vous demandons de retirer l’adresse web suivante, qui sert à l’hameçonnage.") {
			t.Errorf("%s\n%s", m.Subject, m.Text)
		}
		h.later(t, 73*time.Hour)
		if m := h.see(t, c.ID).Messages[1]; !strings.Contains(m.Text, "nous vous avons demandé de retirer") || !strings.Contains(m.Text, " 2026,") {
			t.Errorf("chased with %s", m.Text)
		}
		c = h.must(t, h.draft(t, nil).ID, Moving{Move: MoveAsk, Party: hoster(), Text: "Please act, says a person."})
		if m := c.Messages[0]; m.Text != "Please act, says a person." {
			t.Errorf("a person's words became %q", m.Text)
		}
	})
}

// Each language has each word.
func TestWordingsAreWhole(t *testing.T) {
	for lang, w := range wordings {
		for _, n := range []int{len(w.wants) - 2, len(w.nouns) - len(AssetKinds()), len(w.uses) - len(Abuses()), len(w.openings) - 7, len(w.origins) - 2} {
			if n != 0 {
				t.Errorf("%s: a word is missing or too many: %d", lang, n)
			}
		}
		if w.subject == "" || w.hello == "" || w.seen == "" || w.closing == "" || w.reference == "" || w.reminder == "" || w.day == nil {
			t.Errorf("%s: a sentence is missing", lang)
		}
	}
}
