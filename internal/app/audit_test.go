package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/identity/record"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// checkpointHouse writes checkpoints to a file, and mails them into a maildir.
func checkpointHouse(t *testing.T) (*house, *App, string) {
	h := newHouse(t)
	file := filepath.Join(t.TempDir(), "checkpoints.jsonl")
	h.conf.Audit.CheckpointFile, h.conf.Audit.CheckpointMail = file, true
	h.conf.Team.Name, h.conf.Team.Email = "CERT Example", "cert@cert.example"
	h.conf.Mail.Maildir = filepath.Join(t.TempDir(), "mail")
	a, _ := h.open()
	return h, a, file
}

func lines(t *testing.T, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestCheckpointsLeaveByThemselves(t *testing.T) {
	h, a, file := checkpointHouse(t)
	for i, want := range []int{1, 1, 2, 2} { // twice within the hour is once
		if err := a.checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Record.Checkpoint(t.Context(), tester, nil); err != nil { // what people make puts nothing off
			t.Fatal(err)
		}
		if got := len(lines(t, file)); got != want {
			t.Fatalf("round %d: %d lines, want %d", i, got, want)
		}
		h.clock.Advance(31 * time.Minute)
	}
	list, err := a.Record.Checkpoints(t.Context(), tester, page.Request{})
	if err != nil || len(list.Items) != 6 {
		t.Fatalf("%d checkpoints, %v", len(list.Items), err)
	}
	mailed := 0
	for _, k := range list.Items {
		if !k.Mailed.IsZero() && !k.Filed.IsZero() {
			mailed++
		}
	}
	out, err := a.Delivery.List(t.Context(), tester, delivery.Query{})
	if err != nil || mailed != 2 || len(out.Items) != 2 {
		t.Errorf("%d mailed, %d in the outbox, %v", mailed, len(out.Items), err)
	}
	against, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = against.Close() }()
	v, err := a.Record.Verify(t.Context(), tester, record.Against{Lines: against})
	if err != nil || !v.Whole() || v.Checkpoints != 2 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestCheckpointIsMadeByOneProcess(t *testing.T) {
	_, a, file := checkpointHouse(t)
	if err := a.DB.Write(t.Context(), func(tx *sqldb.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (name, holder, epoch, expires) VALUES ('audit.checkpoint', 'another process', 7, $1)`, a.Clock.Now().Add(time.Hour))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := a.checkpoint(t.Context()); err == nil {
		t.Error("two processes made one")
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("the file was written")
	}
}

func TestFileThatCannotBeWrittenIsTriedAgain(t *testing.T) {
	h, a, file := checkpointHouse(t)
	if err := os.Mkdir(file, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := a.checkpoint(t.Context()); err == nil || !strings.Contains(err.Error(), "audit.checkpoint_file") {
		t.Fatalf("got %v", err)
	}
	if s, err := a.Record.State(t.Context(), tester); err != nil || !s.Unkept {
		t.Errorf("%+v, %v", s, err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(`{"installation":"cut o`), 0o600); err != nil { // as a power failure leaves it
		t.Fatal(err)
	}
	h.clock.Advance(time.Minute)
	if err := a.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	var c audit.Checkpoint
	if got := lines(t, file); len(got) != 2 || json.Unmarshal([]byte(got[1]), &c) != nil || !c.Signed() {
		t.Errorf("the file holds %q", got)
	}
	if s, err := a.Record.State(t.Context(), tester); err != nil || s.Unkept || s.Late {
		t.Errorf("%+v, %v", s, err)
	}
	h.clock.Advance(4 * time.Hour)
	if s, err := a.Record.State(t.Context(), tester); err != nil || !s.Late {
		t.Errorf("%+v, %v", s, err)
	}
}
