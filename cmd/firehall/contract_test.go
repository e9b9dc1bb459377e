package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// house is a data folder that a process of the program serves.
type house struct {
	t       *testing.T
	data    string
	url     string
	process *exec.Cmd
	said    *talk
}

const houseConfig = `[team]
name = "CERT Example"
email = "cert@cert.example"
[feeds.shadowserver]
documentation_addresses = true
`

// serveHouse serves a new data folder with a small register until the test ends; more goes behind its configuration.
func serveHouse(t *testing.T, more string) *house {
	t.Helper()
	h := &house{t: t, data: filepath.Join(t.TempDir(), "data")}
	if err := os.Mkdir(h.data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(h.data, "firehall.toml"), []byte(houseConfig+more), 0o600); err != nil {
		t.Fatal(err)
	}
	register := filepath.Join(t.TempDir(), "register.csv")
	if err := os.WriteFile(register, []byte("organisation,network\nCity Hospital,192.0.2.0/25\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, firehall(t, h.data, "constituency", "import", register))
	h.start()
	t.Cleanup(func() {
		if h.process.ProcessState == nil {
			_ = h.process.Process.Kill()
			_ = h.process.Wait()
		}
	})
	return h
}

func (h *house) start() {
	h.t.Helper()
	h.said = &talk{}
	h.process = firehall(h.t, h.data, "serve", "--listen", "127.0.0.1:0")
	h.process.Stdout, h.process.Stderr = h.said, h.said
	if err := h.process.Start(); err != nil {
		h.t.Fatal(err)
	}
	until(h.t, "it serves", func() bool { return readyLine.MatchString(h.said.all()) })
	h.url = readyLine.FindStringSubmatch(h.said.all())[1]
	until(h.t, "it is ready", func() bool { status, _ := h.get(http.DefaultClient, "/readyz"); return status == http.StatusOK })
}

// end asks it to stop; it must have ended well within so long.
func (h *house) end(within time.Duration) {
	h.t.Helper()
	begun := time.Now()
	if err := h.process.Process.Signal(syscall.SIGTERM); err != nil {
		h.t.Fatal(err)
	}
	if err := h.process.Wait(); err != nil {
		h.t.Errorf("asked to end, it ended with %v\n%s", err, h.said.all())
	}
	if took := time.Since(begun); took > within {
		h.t.Errorf("it took %v to end", took)
	}
}

func (h *house) do(c *http.Client, req *http.Request) (int, http.Header, string) {
	h.t.Helper()
	res, err := c.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return res.StatusCode, res.Header, string(text)
}

func (h *house) request(method, path string, body io.Reader) *http.Request {
	h.t.Helper()
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, body)
	if err != nil {
		h.t.Fatal(err)
	}
	return req
}

func (h *house) get(c *http.Client, path string) (int, string) {
	h.t.Helper()
	status, _, text := h.do(c, h.request(http.MethodGet, path, nil))
	return status, text
}

func visitor(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &http.Client{Jar: jar, CheckRedirect: stay}
}

// press does what the button of a login link's page does.
func (h *house) press(c *http.Client, link *url.URL) int {
	h.t.Helper()
	req := h.request(http.MethodPost, link.Path, strings.NewReader(link.RawQuery))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	status, _, _ := h.do(c, req)
	return status
}

// link makes a login link, which must be all that is printed.
func (h *house) link() *url.URL {
	h.t.Helper()
	printed := strings.TrimSpace(output(h.t, firehall(h.t, h.data, "login-link")))
	if !strings.HasPrefix(printed, h.url+"/") || strings.ContainsAny(printed, " \n") {
		h.t.Fatalf("it is no one link: %q", printed)
	}
	link, err := url.Parse(printed)
	if err != nil {
		h.t.Fatal(err)
	}
	return link
}

func (h *house) login() *http.Client {
	h.t.Helper()
	c := visitor(h.t)
	if status := h.press(c, h.link()); status != http.StatusSeeOther {
		h.t.Fatalf("logging in: %d", status)
	}
	return c
}

func TestContractOfLoginLink(t *testing.T) {
	h := serveHouse(t, "")
	link := h.link()
	scanner, person := visitor(t), visitor(t)
	for range 2 { // scanners of mail open links
		if status, text := h.get(scanner, link.RequestURI()); status != http.StatusOK || !strings.Contains(text, "<form") {
			t.Errorf("the link's page: %d %s", status, text)
		}
	}
	if status, _ := h.get(scanner, "/findings"); status == http.StatusOK {
		t.Error("who only opened the link is in")
	}
	if status := h.press(person, link); status != http.StatusSeeOther {
		t.Errorf("the button: %d", status)
	}
	if status, _ := h.get(person, "/findings"); status != http.StatusOK {
		t.Errorf("who pressed the button sees %d", status)
	}
	if status := h.press(scanner, link); status < 400 {
		t.Errorf("the button once more: %d", status)
	}
	if status, _ := h.get(scanner, "/findings"); status == http.StatusOK {
		t.Error("the link let two in")
	}
}

func TestContractOfPages(t *testing.T) {
	h := serveHouse(t, "")
	c := h.login()
	for _, path := range []string{"/", "/events", "/findings", "/organisations", "/notifications", "/feeds", "/lookup?q=192.0.2.1", "/jobs", "/stops", "/templates"} {
		if status, text := h.get(c, path); status != http.StatusOK || !strings.Contains(text, "<main") {
			t.Errorf("%s: %d %.300s", path, status, text)
		}
		if status, text := h.get(visitor(t), path); status == http.StatusOK && strings.Contains(text, "City Hospital") {
			t.Errorf("%s is shown to strangers", path)
		}
	}
	status, text := h.get(c, "/api/v1/openapi.json")
	var described struct{ OpenAPI string }
	if err := json.Unmarshal([]byte(text), &described); err != nil || status != http.StatusOK || !strings.HasPrefix(described.OpenAPI, "3.1") {
		t.Errorf("openapi.json: %d %v %q", status, err, described.OpenAPI)
	}
}

// report is four rows: two of an organisation, one of them twice, and one of nobody.
const report = `"timestamp","ip","port","protocol","hostname","tag","asn","geo","region","city","naics","sic","banner"
"2026-11-20 00:00:11",192.0.2.1,23,tcp,,telnet,64496,AQ,K,K,1,2,one
"2026-11-20 00:00:11",192.0.2.1,23,tcp,,telnet,64496,AQ,K,K,1,2,one
"2026-11-20 00:00:12",192.0.2.2,23,tcp,,telnet,64496,AQ,K,K,1,2,two
"2026-11-20 00:00:13",192.0.2.200,23,tcp,,telnet,64496,AQ,K,K,1,2,three
`

const pushPath = "/api/v1/feeds/shadowserver/push?name=scan_telnet.csv"

func (h *house) push(token, body string) (int, string, string) {
	h.t.Helper()
	req := h.request(http.MethodPost, pushPath, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer "+token)
	status, header, text := h.do(http.DefaultClient, req)
	return status, header.Get("Location"), text
}

// counted waits until an input is done and gives its counts.
func (h *house) counted(token, location string) (out map[string]int) {
	h.t.Helper()
	until(h.t, "the input is done", func() bool {
		req := h.request(http.MethodGet, location, nil)
		req.Header.Set("Authorization", "Bearer "+token)
		status, _, text := h.do(http.DefaultClient, req)
		var in struct {
			State  string
			Counts map[string]int
		}
		if err := json.Unmarshal([]byte(text), &in); err != nil || status != http.StatusOK {
			h.t.Fatalf("%s: %d %s", location, status, text)
		}
		out = in.Counts
		return in.State == "done"
	})
	return out
}

func TestContractOfPush(t *testing.T) {
	h := serveHouse(t, "")
	token := strings.TrimSpace(output(t, firehall(t, h.data, "feed", "token", "shadowserver")))
	if !regexp.MustCompile(`^\S{20,}$`).MatchString(token) {
		t.Fatalf("it prints more than a token: %q", token)
	}
	for _, wrong := range []string{"", "nonsense", token[:len(token)-1] + "~"} {
		if status, _, text := h.push(wrong, report); status != http.StatusUnauthorized {
			t.Errorf("with the token %q: %d %s", wrong, status, text)
		}
	}
	status, location, text := h.push(token, report)
	if status != http.StatusAccepted || location == "" {
		t.Fatalf("pushed: %d %s", status, text)
	}
	got := h.counted(token, location)
	for name, want := range map[string]int{"rows": 4, "events": 3, "duplicates": 1, "set_aside": 0, "attributed": 2, "unattributed": 1} {
		if n, known := got[name]; n != want || !known {
			t.Errorf("%s: %d, not %d, in %v", name, n, want, got)
		}
	}
	status, _, text = h.push(token, report)
	if status != http.StatusAccepted || !strings.Contains(text, `"known":true`) || !strings.Contains(text, `"duplicates":4`) {
		t.Errorf("replayed: %d %s", status, text)
	}
	printed := output(t, firehall(t, h.data, "events", "--by", "feed.name", "--format", "json"))
	if !strings.Contains(printed, `"count":3`) {
		t.Errorf("after a replay there are %s", printed)
	}
}

// call uses the API with a token, and gives the answer's fields.
func (h *house) call(token, method, path, body string) (int, map[string]any) {
	h.t.Helper()
	req := h.request(method, "/api/v1"+path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	status, _, text := h.do(http.DefaultClient, req)
	var fields map[string]any
	if err := json.Unmarshal([]byte(text), &fields); err != nil {
		h.t.Fatalf("%s %s: %d, %v: %s", method, path, status, err, text)
	}
	return status, fields
}

// programToken makes a token, which must be all that is printed.
func (h *house) programToken(scopes string) string {
	h.t.Helper()
	token := strings.TrimSpace(output(h.t, firehall(h.t, h.data, "token", "add", "contract", "--scope", scopes)))
	if !regexp.MustCompile(`^\S{20,}$`).MatchString(token) {
		h.t.Fatalf("it prints more than a token: %q", token)
	}
	return token
}

// said is a report as a program sends it.
func said(subject, text string, confidential bool) string {
	return fmt.Sprintf(`{"subject":%q,"text":%q,"reporter":{"email":"finder@sender.example"},"confidential":%v}`, subject, text, confidential)
}

func TestContractOfReports(t *testing.T) {
	h := serveHouse(t, "")
	if link := strings.TrimSpace(output(t, firehall(t, h.data, "user", "add", "alice", "--role", "duty-officer"))); !regexp.MustCompile(`^http://\S+$`).MatchString(link) {
		t.Errorf("it prints more than a link: %q", link)
	}
	both, writes := h.programToken("reports:write,reports:read"), h.programToken("reports:write")
	var ids []string
	for _, confidential := range []bool{false, true} {
		status, made := h.call(both, http.MethodPost, "/reports", said("Quagga page", "the quaggalogin page asks for passwords", confidential))
		id, _ := made["id"].(string)
		code, _ := made["code"].(string)
		if status != http.StatusCreated || id == "" || (code != "") != confidential {
			t.Fatalf("confidential %v: %d %v", confidential, status, made)
		}
		ids = append(ids, id)
	}
	tests := []struct {
		name, token, method, path, body string
		status                          int
		want                            string // id of the only report that is listed
	}{
		{"found by a word", both, http.MethodGet, "/reports?q=quaggalogin", "", http.StatusOK, ids[0]},
		{"found by what is no word of it", both, http.MethodGet, "/reports?q=zebralogin", "", http.StatusOK, ""},
		{"asked by nobody", "", http.MethodGet, "/reports?q=quaggalogin", "", http.StatusUnauthorized, ""},
		{"asked by who may only write", writes, http.MethodGet, "/reports?q=quaggalogin", "", http.StatusForbidden, ""},
		{"sent by nobody", "", http.MethodPost, "/reports", said("s", "t", false), http.StatusUnauthorized, ""},
		{"sent without a text", both, http.MethodPost, "/reports", said("s", "", false), http.StatusUnprocessableEntity, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			status, got := h.call(tt.token, tt.method, tt.path, tt.body)
			if status != tt.status || listedID(got) != tt.want {
				t.Errorf("%d, want %d; %v", status, tt.status, got)
			}
		})
	}
	if status, text := h.get(visitor(t), "/report"); status != http.StatusOK || !strings.Contains(text, "<form") {
		t.Errorf("the public form: %d %.300s", status, text)
	}
}

// listedID is the id of the one item of a list; "" for none.
func listedID(list map[string]any) string {
	items, _ := list["items"].([]any)
	if len(items) != 1 {
		return strings.Repeat("?", len(items))
	}
	item, _ := items[0].(map[string]any)
	id, _ := item["id"].(string)
	return id
}
