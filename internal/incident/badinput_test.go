package incident

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Bad input of issue 6, by name: refused or finished, explained, recorded. Circles and merges have more cases in TestMerge, cascades in TestEnding; playbooks with
// loops and with hostile Markdown are in package playbook (TestRefused) and web/notes (TestNotesAreMarkdown), clocks whose anchor moves in obligation.
func TestBadInput(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.sign("ada", "bob")
		t.Run("a link that would make a circle", h.circle)
		t.Run("merging a thing with itself", h.itself)
		t.Run("evidence that changes under the reader", h.changes)
		t.Run("a restart in the middle of a cascade", h.cutOff)
	})
}

func (h *house) circle(t *testing.T) {
	a, b, c := h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{}), h.opened(t, ada, Opening{})
	for _, pair := range [][2]string{{a.ID, b.ID}, {b.ID, c.ID}} {
		if err := h.Relate(t.Context(), ada, pair[0], Child, pair[1]); err != nil {
			t.Fatal(err)
		}
	}
	err := h.Relate(t.Context(), ada, c.ID, Child, a.ID)
	if !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), a.Ref) && !strings.Contains(err.Error(), "circle") {
		t.Errorf("%v", err)
	}
	if n := h.count(t, `SELECT count(*) FROM audit_payload WHERE object = $1 AND operation = 'incident.relate'`, c.ID); n != 0 {
		t.Errorf("%d entries tell of a link that is not there", n)
	}
}

func (h *house) itself(t *testing.T) {
	r, i := h.accept(t, Draft{}), h.opened(t, ada, Opening{})
	for name, err := range map[string]error{
		"incident": only(h.MergeIncident(t.Context(), ada, i.ID, i.Ref, "x")), "report": only(h.Merge(t.Context(), ada, r.ID, []string{r.Ref}, "x")), "link": h.Relate(t.Context(), ada, i.ID, Child, i.ID),
	} {
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), "itself") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// changes lets a stored file become another between the check and the last byte: whoever reads it gets it as it came, or an error, and nobody gets it afterwards.
func (h *house) changes(t *testing.T) {
	i := h.opened(t, ada, Opening{})
	item, err := h.Attach(t.Context(), ada, i.ID, File{Name: "log.txt", Body: strings.NewReader("as it came")})
	if err != nil {
		t.Fatal(err)
	}
	_, body, err := h.Evidence(t.Context(), ada, item.ID, "to read it")
	if err != nil {
		t.Fatal(err)
	}
	h.spoil(t)
	text, err := io.ReadAll(body)
	if errors.Join(body.Close(), err) == nil && string(text) != "as it came" { // what was read before it changed is as it came
		t.Errorf("%q was given out", text)
	}
	if _, _, err := h.Evidence(t.Context(), ada, item.ID, "again"); !problem.Is(err, problem.Conflict) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("afterwards: %v", err)
	}
	chain, err := h.Custody(t.Context(), ada, item.ID)
	if err != nil || chain[len(chain)-1].Act != "damaged" {
		t.Errorf("on record: %+v, %v", chain, err)
	}
}

// spoil changes each stored file in place.
func (h *house) spoil(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".age") {
			return err
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			_, err = f.WriteAt([]byte{0, 1, 2, 3}, info.Size()-4)
		}
		return errors.Join(err, f.Close())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// cutOff ends the process, as far as the database sees, between the end of a report and that of a take-down: nothing of it happened. After the restart it is done,
// and once.
func (h *house) cutOff(t *testing.T) {
	r := h.accept(t, Draft{})
	i := h.opened(t, ada, Opening{Reports: []string{r.ID}})
	ctx, dies := context.WithCancel(t.Context())
	h.parts = nil
	h.Hang(Part{Name: "block", Open: func(*sqldb.Tx, *Inside) ([]Hanging, error) { return nil, nil }, Close: func(*sqldb.Tx, identity.Actor, *Inside, string, bool) error {
		dies()
		return ctx.Err()
	}})
	if _, err := h.MoveIncident(ctx, ada, i.ID, Resolve, "over"); err == nil {
		t.Fatal("it was closed while the process died")
	}
	again := build(t, h.db)
	again.sign("ada", "bob")
	if got, err := again.Incident(t.Context(), ada, i.ID); err != nil || got.State != StageOpen || again.see(t, ada, r.ID).State != StateOpen {
		t.Fatalf("half of it happened: %s, %v", got.State, err)
	}
	if _, err := again.MoveIncident(t.Context(), ada, i.ID, Resolve, "over"); err != nil {
		t.Fatal(err)
	}
	if got, err := again.Incident(t.Context(), ada, i.ID); err != nil || got.State != StageResolved || again.see(t, ada, r.ID).State != StateResolved {
		t.Errorf("%s, %v", got.State, err)
	}
	if n := h.count(t, `SELECT count(*) FROM audit_payload WHERE object = $1 AND operation = 'incident.move'`, i.ID); n != 1 {
		t.Errorf("it is on record %d times", n)
	}
	h.parts = nil
}
