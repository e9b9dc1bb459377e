package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// owner uses the API as whoever owns the installation, and wants this status.
func (h *house) owner(c *http.Client, status int, path string, body any) (fields map[string]any) {
	h.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		h.t.Fatal(err)
	}
	req := h.request(http.MethodPost, "/api/v1"+path, strings.NewReader(string(text)))
	req.Header.Set("Content-Type", "application/json")
	got, _, answer := h.do(c, req)
	if err := json.Unmarshal([]byte(answer), &fields); err != nil || got != status {
		h.t.Fatalf("%s: %d %s", path, got, answer)
	}
	return fields
}

// fellows lets a team in, and gives what it comes in with: the name, and a token.
func (h *house) fellows(name string) (login, token string) {
	h.t.Helper()
	c := h.login()
	in := h.request(http.MethodPost, "/api/v1/teams/imports?name=teams.csv", strings.NewReader("name,country,email\n"+name+",SE,cert@far.example\n"))
	in.Header.Set("Content-Type", "application/octet-stream")
	if status, _, text := h.do(c, in); status != http.StatusOK {
		h.t.Fatalf("%d %s", status, text)
	}
	_, list := h.get(c, "/api/v1/teams")
	var teams struct {
		Items []struct{ Organisation string }
	}
	if err := json.Unmarshal([]byte(list), &teams); err != nil || len(teams.Items) != 1 {
		h.t.Fatalf("%v: %s", err, list)
	}
	id := teams.Items[0].Organisation
	group := h.owner(c, http.StatusCreated, "/sharing-groups", map[string]any{"name": "Friends", "members": []string{id}, "cap": "amber"})
	h.owner(c, http.StatusCreated, "/teams/"+id+"/agreements", map[string]any{
		"kind": "nda", "signed": time.Now().Add(-time.Hour).UTC().Format(time.RFC3339), "signed_us": "Ada", "signed_them": "Bo", "out": "amber", "in": "amber",
	})
	h.owner(c, http.StatusCreated, "/collections", map[string]any{"title": "Friends", "alias": "friends", "group": group["id"], "can_read": true, "can_write": true, "label": "amber"})
	return "peer", strings.TrimSpace(output(h.t, firehall(h.t, h.data, "user", "add", "peer", "--role", "peer", "--organisation", name)))
}

// give puts objects into the team's collection by TAXII.
func (h *house) give(login, token string, objects ...string) {
	h.t.Helper()
	const media = "application/taxii+json;version=2.1"
	req := h.request(http.MethodPost, "/taxii2/firehall/collections/friends/objects/", strings.NewReader(`{"objects":[`+strings.Join(objects, ",")+`]}`))
	req.SetBasicAuth(login, token)
	req.Header.Set("Content-Type", media)
	req.Header.Set("Accept", media)
	status, _, text := h.do(http.DefaultClient, req)
	if status != http.StatusAccepted || !strings.Contains(text, fmt.Sprintf(`"success_count":%d`, len(objects))) {
		h.t.Fatalf("give: %d %s", status, text)
	}
}

// database opens the installation's database beside it.
func (h *house) database() *sql.DB {
	h.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(h.data, "state.db")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		h.t.Fatal(err)
	}
	return db
}

// state changes the installation's database, as an upgrade would.
func (h *house) state(statement string) {
	h.t.Helper()
	db := h.database()
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(h.t.Context(), statement); err != nil {
		h.t.Fatal(err)
	}
}

// rows counts the rows of a table.
func (h *house) rows(table string) (n int) {
	h.t.Helper()
	db := h.database()
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(h.t.Context(), `SELECT count(*) FROM `+table).Scan(&n); err != nil {
		h.t.Fatal(err)
	}
	return n
}

// What a team gave is kept, counted, handed on, erased and let go by command, and each step changes what the next one counts.
func TestSharedObjectsByCommand(t *testing.T) {
	h := serveHouse(t, "[sharing]\nkeep = \"1s\"\n")
	login, token := h.fellows("CERT Far")
	const address, domain = "ipv4-addr--00000000-0000-5000-8000-000000000001", "domain-name--00000000-0000-5000-8000-000000000002"
	made := time.Now().UTC().Add(-time.Hour).Format("2006-01-02T15:04:05.000Z")
	h.give(login, token,
		`{"type":"ipv4-addr","spec_version":"2.1","id":"`+address+`","value":"198.51.100.7"}`, `{"type":"domain-name","spec_version":"2.1","id":"`+domain+`","value":"evil.example"}`,
		`{"type":"observed-data","spec_version":"2.1","id":"observed-data--00000000-0000-4000-8000-000000000003","created":"`+made+`","modified":"`+made+`","first_observed":"`+made+
			`","last_observed":"`+made+`","number_observed":1,"object_refs":["`+address+`"]}`)
	until(t, "their time is over", func() bool {
		return strings.Contains(output(t, firehall(t, h.data, "keep", "shared", "--dry-run")), "3 objects whose time is over")
	})
	h.state(`UPDATE sharing_reach SET num = (SELECT max(num) FROM sharing_object) WHERE name = 'before'`)
	for _, tt := range []struct {
		args string
		says string // a pattern
	}{
		{"sharing keep " + domain + " --reason case-4", `^$`},
		{"sharing kept", `^` + domain + `  \d\S+Z  \S.* \(os:\d+\)  case-4\n$`},
		{"sharing kept --json", `"object":"` + domain + `".*"reason":"case-4"`},
		{"keep shared --dry-run", `Would be erased:\n  2 objects whose time is over\n(?s:.*)  1 more stay: somebody keeps it\nWhat is kept, and why: firehall sharing kept\n$`},
		{"sharing replay", `^1 object handed on\.`},
		{"sharing replay", `^0 objects handed on\.`},
		{"sharing erase CERT_Far --object " + address + " --reason they-asked --dry-run", `Would be erased:\n(?s:.*)  1 objects that who gave them asked`},
		{"sharing erase CERT_Far --object " + address + " --reason they-asked", `^Erased:\n(?s:.*)  1 objects that who gave them asked`},
		{"sharing erase cert_far --reason they-asked --dry-run", `  1 objects that who gave them asked(?s:.*)  1 more stay: somebody keeps it`},
		{"keep shared --json", `"old":1,.*"stay":{"somebody keeps it":1}`},
		{"sharing let-go " + domain + " --reason it-is-over", `^$`},
		{"sharing kept --json", `^null\n$`},
		{"keep shared", `^Erased:\n  1 objects whose time is over\n`},
		{"keep shared --dry-run", `^Would be erased:\n  0 objects whose time is over\n`},
	} {
		args := strings.Fields(tt.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		if got := output(t, firehall(t, h.data, args...)); !regexp.MustCompile(tt.says).MatchString(got) {
			t.Errorf("firehall %s: %q, want %s", tt.args, got, tt.says)
		}
	}
}

// What is left of a team that is no longer in the register is erased by its id; a name that nobody has, and under which nothing is left, is told so.
func TestErasingOfWhoLeftTheRegister(t *testing.T) {
	h := serveHouse(t, "")
	login, token := h.fellows("CERT Far")
	const address, domain = "ipv4-addr--00000000-0000-5000-8000-000000000001", "domain-name--00000000-0000-5000-8000-000000000002"
	h.give(login, token, `{"type":"ipv4-addr","spec_version":"2.1","id":"`+address+`","value":"198.51.100.7"}`, `{"type":"domain-name","spec_version":"2.1","id":"`+domain+`","value":"evil.example"}`)
	const left = "01m80hqg3tz4y5x6w7v8s9r0q1"
	h.state(`UPDATE sharing_object SET source = '` + left + `'`)
	for _, tt := range []struct {
		args string
		says string // a pattern
		code int
	}{
		{"CERT_Far", `nothing of theirs is kept`, exitFailed},
		{"CERT_Farther", `nobody of this id or name is in the register: "CERT Farther"`, exitFailed},
		{left + " --dry-run", `Would be erased:\n(?s:.*)  2 objects that who gave them asked`, exitDone},
		{left + " --object " + domain, `Erased:\n(?s:.*)  1 objects that who gave them asked`, exitDone},
		{left, `Erased:\n(?s:.*)  1 objects that who gave them asked`, exitDone},
		{left, `nobody of this id or name is in the register: "` + left + `"`, exitFailed},
	} {
		args := append([]string{"sharing", "erase", "--reason", "they asked"}, strings.Fields(tt.args)...)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		c := firehall(t, h.data, args...)
		out, _ := c.CombinedOutput()
		if code := c.ProcessState.ExitCode(); code != tt.code || !regexp.MustCompile(tt.says).Match(out) {
			t.Errorf("%s: %d %q, want %s", tt.args, code, out, tt.says)
		}
	}
}

// An erasing that was ordered outlives the death of the server: the next one goes on with it, and counts what both erased.
func TestOrderedErasingOutlivesAKill(t *testing.T) {
	h := serveHouse(t, "")
	login, token := h.fellows("CERT Far")
	const all = 3000
	for from := 0; from < all; from += 500 {
		var objects []string
		for n := from; n < from+500; n++ {
			objects = append(objects, fmt.Sprintf(`{"type":"domain-name","spec_version":"2.1","id":"domain-name--00000000-0000-5000-8000-%012x","value":"h%d.example"}`, n, n))
		}
		h.give(login, token, objects...)
	}
	var teams struct {
		Items []struct{ Organisation string }
	}
	c := h.login()
	if _, list := h.get(c, "/api/v1/teams"); json.Unmarshal([]byte(list), &teams) != nil || len(teams.Items) != 1 {
		t.Fatal(list)
	}
	h.state(`CREATE TRIGGER slowly AFTER DELETE ON sharing_object BEGIN
		SELECT count(*) FROM (SELECT 1 FROM sharing_object LIMIT 100) AS a, (SELECT 1 FROM sharing_object LIMIT 100) AS b; END`)
	ordered := h.owner(c, http.StatusAccepted, "/sharing/organisations/"+teams.Items[0].Organisation+"/objects/erasure", map[string]any{"reason": "they asked"})
	type order struct {
		State, Reason string
		Back, All     int
	}
	at := func() (at order) {
		_, text := h.get(c, ordered["url"].(string))
		if err := json.Unmarshal([]byte(text), &at); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		return at
	}
	until(t, "some are erased", func() bool { return at().Back > 0 })
	if err := h.process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = h.process.Wait()
	if left := h.rows(`sharing_object`); left == 0 || left == all {
		t.Fatalf("%d of %d are left after the kill: it was not in the middle", left, all)
	}
	h.state(`DROP TRIGGER slowly`)
	h.start()
	c = h.login()
	until(t, "the rest is erased", func() bool { return at().State == "done" })
	if so := at(); so.Back != all || so.All != all || so.Reason != "they asked" {
		t.Errorf("%+v", so)
	}
	again := firehall(t, h.data, "sharing", "erase", "CERT Far", "--reason", "they asked")
	if out, _ := again.CombinedOutput(); !strings.Contains(string(out), "nothing of theirs is kept") {
		t.Errorf("%s", out)
	}
}
