package main

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// verify verifies the record of a data folder, and checks what that ends with and what it names.
func verify(t *testing.T, data, what string, code int, names string, args ...string) {
	t.Helper()
	c := firehall(t, data, append([]string{"audit", "verify"}, args...)...)
	out, _ := c.Output()
	if got := c.ProcessState.ExitCode(); got != code {
		t.Errorf("%s: it ends with %d, not %d: %s", what, got, code, out)
	}
	if first, _, _ := strings.Cut(string(out), "\n"); !strings.Contains(first, names) {
		t.Errorf("%s: its first line does not name %q: %s", what, names, first)
	}
}

// tamper changes the database of a data folder as somebody would who has it and not the program, and gives the one text that it asks for.
func tamper(t *testing.T, data, ask string, statements ...string) (answer string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), ask).Scan(&answer); err != nil {
		t.Fatal(err)
	}
	for _, s := range statements {
		res, err := db.ExecContext(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			t.Fatalf("%s changed nothing, %v", s, err)
		}
	}
	return answer
}

// copied gives a copy of a data folder that nobody serves.
func copied(t *testing.T, data string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(data)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(to, 0o700); err != nil { //nolint:gosec // as the folder was
		t.Fatal(err)
	}
	return to
}

// checkpoint makes a checkpoint and keeps it outside the data folder.
func (h *house) checkpoint() string {
	h.t.Helper()
	file := filepath.Join(h.t.TempDir(), "checkpoint")
	if err := os.WriteFile(file, []byte(output(h.t, firehall(h.t, h.data, "audit", "checkpoint"))), 0o600); err != nil {
		h.t.Fatal(err)
	}
	return file
}

func TestContractOfAudit(t *testing.T) {
	h := serveHouse(t, "")
	token := h.programToken("reports:write")
	h.call(token, http.MethodPost, "/reports", said("First", "the first of them", false))
	early := h.checkpoint() // while it serves
	h.end(2 * time.Minute)
	earlier := copied(t, h.data)
	for _, name := range []string{"bob", "carol", "dave"} {
		output(t, firehall(t, h.data, "user", "add", name, "--role", "auditor"))
	}
	late := h.checkpoint()
	verify(t, h.data, "as it was written", exitDone, "whole")
	for _, file := range []string{early, late} {
		verify(t, h.data, "as it was written", exitDone, "whole", "--checkpoint", file)
	}

	flipped := copied(t, h.data)
	const some = `SELECT id FROM audit_payload WHERE operation = 'account.add' ORDER BY id LIMIT 1`
	entry := tamper(t, flipped, some, `UPDATE audit_payload SET after_value = replace(after_value, '"bob"', '"boc"') WHERE id = (`+some+`)`)
	verify(t, flipped, "one byte flipped", exitFailed, entry)

	cut := copied(t, h.data)
	end := tamper(t, cut, `SELECT 'ends at position ' || (max(seq) - 3) || ',' FROM audit_entry`,
		`DELETE FROM audit_payload WHERE id IN (SELECT id FROM audit_entry WHERE seq > (SELECT max(seq) - 3 FROM audit_entry))`,
		`DELETE FROM audit_entry WHERE seq > (SELECT max(seq) - 3 FROM audit_entry)`,
		`UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit_entry ORDER BY seq DESC LIMIT 1)`)
	verify(t, cut, "the last three cut", exitFailed, end, "--checkpoint", late)

	verify(t, earlier, "the earlier copy, by what was known then", exitDone, "whole", "--checkpoint", early)
	end = tamper(t, earlier, `SELECT 'ends at position ' || max(seq) || ',' FROM audit_entry`)
	verify(t, earlier, "all rolled back", exitFailed, end, "--checkpoint", late)
}
