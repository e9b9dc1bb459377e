package walk

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/platform/mime"
)

// TestNobodyElseIsTold reads each mail that a restricted incident causes: it goes to the parties that were written to, and to members; what tells members
// that something is overdue tells nothing of what happened.
func TestNobodyElseIsTold(t *testing.T) {
	t.Parallel()
	w := build(t)
	for name, p := range w.people {
		if p.id == "" {
			continue
		}
		who, err := w.App.Accounts.ByID(t.Context(), p.id)
		w.must(err)
		who.Email = name + "@cert.example"
		w.must(second(w.App.Accounts.Change(t.Context(), machine, who)))
	}
	w.plant()
	w.must(second(w.App.Deliver(t.Context(), machine, nil)))
	members := map[string]bool{"member@cert.example": true, "former@cert.example": true, "unsigned@cert.example": true, "disabled@cert.example": true}
	told := 0
	for _, m := range w.mails() {
		for _, to := range m.To {
			switch {
			case members[to.Address]:
				told++
				if strings.Contains(m.Subject+m.Text, restrictedMark) {
					t.Errorf("%s is told what happened: %s\n%s", to.Address, m.Subject, m.Text)
				}
			case !strings.HasSuffix(to.Address, "@party.example"):
				t.Errorf("%s is told of a restricted incident: %s\n%s", to.Address, m.Subject, m.Text)
			}
		}
	}
	if told == 0 {
		t.Error("no member was told that something is overdue: this test would find nothing")
	}
}

// mails are those that were sent.
func (w *town) mails() (list []*mime.Message) {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.Dir, "mail", "new", "*"))
	w.must(err)
	for _, name := range files {
		raw, err := os.ReadFile(name)
		w.must(err)
		m, err := mime.Read(strings.NewReader(string(raw)), mime.Limits{})
		w.must(err)
		list = append(list, m)
	}
	return list
}
