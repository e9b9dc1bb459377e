package incident

import (
	"bytes"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func TestAcceptGivesBackWhatCame(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		d := Draft{
			Door: Phone, Subject: "  Ransom\nnote ", Text: "Our server 192.0.2.7 is locked.\r\nHelp!\x00", TLP: 2,
			Reporter: Reporter{Name: "Zoë", Email: "zoe@city.example", Phone: "+33 1", Organisation: "City"},
			Answers:  Answers{Affected: "files", Police: true}, Files: []File{{Name: `C:\x\note.txt`, MediaType: "text/plain", Body: strings.NewReader("pay")}},
		}
		r := h.accept(t, d)
		got := h.see(t, ada, r.Ref)
		if got.ID != r.ID || got.Subject != "Ransom note" || got.Text != "Our server 192.0.2.7 is locked.\nHelp!" || got.Reporter != d.Reporter ||
			got.Answers != d.Answers || got.State != StateNew || !got.Received.Equal(start.Truncate(time.Millisecond)) || got.TLP != 2 || got.Version != 1 {
			t.Errorf("%+v", got)
		}
		if len(got.Files) != 1 || got.Files[0].Name != "note.txt" || got.Files[0].Size != 3 {
			t.Fatalf("%+v", got.Files)
		}
		if !slices.Contains(got.Moves, Reject) || slices.Contains(got.Moves, Heard) {
			t.Errorf("moves %v", got.Moves)
		}
		_, body, err := h.Evidence(t.Context(), bob, got.Files[0].ID, "look")
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(body); err != nil || string(text) != "pay" || body.Close() != nil {
			t.Errorf("%q, %v", text, err)
		}
		chain, err := h.Custody(t.Context(), bob, got.Files[0].ID)
		if err != nil || len(chain) != 2 || chain[1].By != "bob" || chain[1].Reason != "look" {
			t.Errorf("%+v, %v", chain, err)
		}
		if n := h.count(t, `SELECT count(*) FROM job WHERE kind = 'report.assess' AND subject = $1`, r.ID); n != 1 {
			t.Errorf("%d jobs", n)
		}
	})
}

func TestTheSameDraftIsOneReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		d := Draft{Key: "k", Subject: "a", Confidential: true}
		one, again := h.accept(t, d), h.accept(t, d)
		if one.ID != again.ID || one.Code == "" || one.Code != again.Code {
			t.Errorf("%+v, then %+v", one, again)
		}
		d.Text = "Other words."
		if other := h.accept(t, d); other.ID == one.ID || other.Code == one.Code {
			t.Error("another text under the same key was swallowed")
		}
		d = Draft{Subject: "no key"}
		if first := h.accept(t, d); first.ID == h.accept(t, d).ID {
			t.Error("two drafts without a key became one report")
		}
	})
}

func TestAcceptRefuses(t *testing.T) {
	sqlite(t, func(t *testing.T, h *house) {
		long := strings.Repeat("x", MaxText+1)
		for name, d := range map[string]Draft{
			"nothing": {Door: API}, "no door": {Text: "x"}, "blanks": {Door: API, Text: " \n"}, "subject": {Door: API, Text: "x", Subject: long[:MaxSubject+1]},
			"text": {Door: API, Text: long}, "address": {Door: API, Text: "x", Reporter: Reporter{Email: "a@b, c@d"}},
			"name": {Door: API, Text: "x", Reporter: Reporter{Name: long[:MaxField+1]}}, "answer": {Door: API, Text: "x", Answers: Answers{Help: long[:MaxAnswer+1]}},
			"label": {Door: API, Text: "x", TLP: 9},
		} {
			if _, err := h.Accept(t.Context(), ada, d); !problem.Is(err, problem.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, who := range []identity.Actor{{}, aud} {
			if _, err := h.Accept(t.Context(), who, Draft{Door: API, Text: "x"}); !problem.Is(err, problem.Forbidden) {
				t.Errorf("%v: %v", who, err)
			}
		}
		big := io.LimitReader(zeros{}, MaxFile+1)
		if _, err := h.Accept(t.Context(), ada, Draft{Door: API, Text: "x", Files: []File{{Name: "big", Body: big}}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("a huge file: %v", err)
		}
		if n := h.count(t, `SELECT count(*) FROM report`); n != 0 {
			t.Errorf("%d reports were stored", n)
		}
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// marks are what nobody may find of an anonymous reporter.
var marks = []string{"mallory", "203.0.113.99", "SecretAgent", "+358-mark", "hush-org", "IMG_mallory"}

func TestOfAnAnonymousReporterNothingIsKept(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r, err := h.Accept(t.Context(), identity.Actor{ID: "mallory", Name: "mallory", Kind: identity.Person, Roles: []identity.Role{identity.Manager}, Via: "203.0.113.99"}, Draft{
			Door: Form, Anonymous: true, Text: "The unmistakable story.", Subject: "Unmistakable", Key: "mallory",
			Reporter: Reporter{Name: "mallory", Email: "mallory@x.example", Phone: "+358-mark", Organisation: "hush-org"},
			Trust:    Trust{Signer: "mallory"}, Thread: Thread{MessageID: "<mallory@x>"}, Raw: strings.NewReader("SecretAgent"),
			Files: []File{{Name: "IMG_mallory.jpg", Body: strings.NewReader("picture")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if !r.Received.Equal(start.Truncate(time.Hour)) || len(r.Code) != 29 {
			t.Errorf("%+v", r)
		}
		if err := h.SayIn(t.Context(), r.Code, "More of it.", nil); err != nil {
			t.Fatal(err)
		}
		assess(t, h, r.ID, triage.Assessment{Class: "fraud"})
		dump := everything(t, h)
		for _, mark := range append(marks, "nmistakable", "More of it") {
			if strings.Contains(dump, mark) {
				t.Errorf("%q is kept", mark)
			}
		}
		for _, exact := range []string{"1795339051", start.Add(time.Millisecond).Format("15:04:05")} {
			if strings.Contains(dump, exact) {
				t.Errorf("the time %s is kept", exact)
			}
		}
		if got := h.see(t, ada, r.ID); got.Text != "The unmistakable story." || got.Reporter != (Reporter{}) || got.Files[0].Name != "file-1.jpg" {
			t.Errorf("%+v", got)
		}
	})
}

// everything is all that lies in the database and the folder of the evidence.
func everything(t *testing.T, h *house) string {
	t.Helper()
	var b bytes.Buffer
	err := h.db.Read(t.Context(), func(tx *sqldb.Tx) error {
		for _, table := range []string{"report", "report_word", "incident_message", "incident_mailbox", "incident_thread", "evidence_item", "evidence_custody", "audit_payload", "job", "outbox", "report_handled", "task", "delivery"} {
			if err := dumpTable(tx, &b, table); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(h.dir, func(path string, d fs.DirEntry, err error) error {
		b.WriteString(path[len(h.dir):])
		if err == nil && !d.IsDir() {
			text, err := os.ReadFile(path)
			b.Write(text)
			info, _ := d.Info()
			b.WriteString(info.ModTime().UTC().Format(time.RFC3339))
			return err
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func dumpTable(tx *sqldb.Tx, b *bytes.Buffer, table string) error {
	rows, err := tx.Query("SELECT * FROM " + table)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(sqlText)
		}
		if err := rows.Scan(values...); err != nil {
			return err
		}
		for _, v := range values {
			b.WriteString(v.(*sqlText).text + "\n")
		}
	}
	return rows.Err()
}

func assess(t testing.TB, h *house, id string, a triage.Assessment) {
	t.Helper()
	if err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error { return h.SaveAssessment(tx, system, id, a) }); err != nil {
		t.Fatal(err)
	}
}
