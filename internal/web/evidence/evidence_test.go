package evidence_test

import (
	"archive/tar"
	"bytes"
	"io"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/test/station"
)

func ask(t *testing.T, s *station.Station, c *http.Client, method, path, kind string, body io.Reader) (status int, to, page string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
		req.Header.Set("Origin", s.URL)
	}
	res, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(text)
}

func post(t *testing.T, s *station.Station, path string, v url.Values) (int, string) {
	t.Helper()
	status, _, page := ask(t, s, s.Client, http.MethodPost, path, "application/x-www-form-urlencoded", strings.NewReader(v.Encode()))
	return status, page
}

// upload adds a file by the form of the tab, and gives where it leads.
func upload(t *testing.T, s *station.Station, c *http.Client, path, name, text string, v map[string]string) (int, string, string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	for k, x := range v {
		if err := form.WriteField(k, x); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		part, err := form.CreateFormFile("file", name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(part, text); err != nil {
			t.Fatal(err)
		}
	}
	_ = form.Close()
	return ask(t, s, c, http.MethodPost, path, form.FormDataContentType(), &b)
}

func contains(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, x := range texts {
		if !strings.Contains(page, x) {
			t.Errorf("the page does not say %q", x)
		}
	}
}

func opened(t *testing.T, s *station.Station, restricted bool) incident.Incident {
	t.Helper()
	i, err := s.App.Incidents.OpenIncident(t.Context(), s.Actor, incident.Opening{Title: "A case", TLP: tlp.Amber, Restricted: restricted})
	if err != nil {
		t.Fatal(err)
	}
	return i
}

// A file is added with how it was obtained, is shown with its chain, and leaves as an archive to somebody, on record.
func TestFileComesAndLeaves(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/evidence"
	contains(t, s.Get(t, at), "No evidence yet", "64 MiB at most")
	status, _, page := upload(t, s, s.Client, at, "", "", map[string]string{"how": "typed in vain?"})
	if contains(t, page, "typed in vain?", "Choose a file."); status != http.StatusUnprocessableEntity {
		t.Errorf("no file answers %d", status)
	}
	status, one, _ := upload(t, s, s.Client, at, "<b>mail</b>.eml", "the plan", map[string]string{"how": "copied from the gateway", "who": "Ada", "collected": "2026-11-20T10:00", "reason": "court"})
	if status != http.StatusSeeOther {
		t.Fatalf("a file answers %d", status)
	}
	page = s.Get(t, one)
	contains(t, page, "copied from the gateway", "Ada", "took it in", "court", "the chain holds", "1 entry is named by the audit record too", "SHA-1", "hash%3A")
	if strings.Contains(page, "<b>mail") || strings.Contains(page, "the plan") {
		t.Error("the page shows what it must not")
	}
	status, page = post(t, s, one+"/export", url.Values{"to": {"Police"}})
	if contains(t, page, "Police"); status != http.StatusUnprocessableEntity {
		t.Errorf("no reason answers %d", status)
	}
	status, archive := post(t, s, one+"/export", url.Values{"to": {"Police"}, "reason": {"they asked"}})
	r := tar.NewReader(strings.NewReader(archive))
	names := ""
	for {
		h, err := r.Next()
		if err != nil {
			break
		}
		names += " " + filepath.Base(h.Name)
	}
	if status != http.StatusOK || names != " README.txt item.json custody.jsonl ORIGINAL.sha256 SHA256SUMS SHA256SUMS.sig key.pem file-_b_mail_.eml" && !strings.HasPrefix(names, " README.txt item.json custody.jsonl ORIGINAL.sha256 SHA256SUMS SHA256SUMS.sig key.pem file-") {
		t.Errorf("%d:%s", status, names)
	}
	contains(t, s.Get(t, one), "gave it out", "to Police", "they asked", "2 entries are named")
	contains(t, s.Get(t, "/incidents/"+i.ID+"/timeline"), "with its chain of custody to Police")
}

// What is malicious never leaves as it came; what changed on the disk is given to nobody, and that is on record.
func TestMaliciousAndDamaged(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	_, one, _ := upload(t, s, s.Client, "/incidents/"+i.ID+"/evidence", "x.exe", "MZ-planted", map[string]string{"how": "x"})
	item := one[strings.LastIndexByte(one, '/')+1:]
	if status, _ := post(t, s, one+"/mark", url.Values{"malicious": {"1"}, "reason": {"a scanner"}}); status != http.StatusSeeOther {
		t.Errorf("marking answers %d", status)
	}
	if _, _, err := s.App.Incidents.Evidence(t.Context(), s.Actor, item, "x"); err == nil || !strings.Contains(err.Error(), "malicious") {
		t.Errorf("it was given out as it came: %v", err)
	}
	status, archive := post(t, s, one+"/export", url.Values{"to": {"Lab"}, "reason": {"to look"}})
	if status != http.StatusOK || strings.Contains(archive, "MZ-planted") || !strings.Contains(archive, "file-x.exe.zip") {
		t.Errorf("%d, and the archive holds it in the clear: %v", status, strings.Contains(archive, "MZ-planted"))
	}
	err := filepath.WalkDir(filepath.Join(s.Dir, "evidence"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err == nil && bytes.Contains(text, []byte("MZ-planted")) {
			t.Errorf("%s is in the clear", path)
		}
		if err == nil {
			text[len(text)-1] ^= 1
			err = os.WriteFile(path, text, 0o600)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	status, page := post(t, s, one+"/export", url.Values{"to": {"Lab"}, "reason": {"again"}})
	if contains(t, page, "restore it from a backup", "was refused: it is not what came"); status != http.StatusUnprocessableEntity {
		t.Errorf("what changed on the disk answers %d", status)
	}
}

func TestWhoSeesAndWhatMayLeave(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	hidden, seen := opened(t, s, true), opened(t, s, false)
	_, secret, _ := upload(t, s, s.Client, "/incidents/"+hidden.ID+"/evidence", "planted-name", "same", map[string]string{"how": "x"})
	_, plain, _ := upload(t, s, s.Client, "/incidents/"+seen.ID+"/evidence", "b", "same", map[string]string{"how": "x"})
	status, page := post(t, s, secret+"/export", url.Values{"to": {"Police"}, "reason": {"x"}})
	if contains(t, page, "only encrypted"); status != http.StatusUnprocessableEntity {
		t.Errorf("what is restricted left in the clear: %d", status)
	}
	key := url.Values{"to": {"Police"}, "reason": {"x"}, "recipient": {"age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"}}
	if status, archive := post(t, s, secret+"/export", key); status != http.StatusOK || !strings.HasPrefix(archive, "age-encryption.org/v1") {
		t.Errorf("%d: %.30q", status, archive)
	}
	contains(t, s.Get(t, plain), "The same file lies in "+hidden.Ref)
	handler := s.LoginAs(t, "han", identity.IncidentHandler)
	for _, path := range []string{"/incidents/" + hidden.ID + "/evidence", secret, "/incidents/" + seen.ID + "/evidence/" + secret[strings.LastIndexByte(secret, '/')+1:]} {
		if status, _, _ := ask(t, s, handler, http.MethodGet, path, "", nil); status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if _, _, page := ask(t, s, handler, http.MethodGet, plain, "", nil); strings.Contains(page, hidden.Ref) {
		t.Error("it is told that the same file lies where one may not look")
	}
	form := strings.NewReader(key.Encode())
	if status, _, _ := ask(t, s, handler, http.MethodPost, secret+"/export", "application/x-www-form-urlencoded", form); status != http.StatusNotFound {
		t.Errorf("an export answers %d", status)
	}
	auditor := s.LoginAs(t, "aud", identity.Auditor)
	_, _, page = ask(t, s, auditor, http.MethodGet, plain, "", nil)
	if contains(t, page, "the chain holds"); strings.Contains(page, "Give it out") {
		t.Error("an auditor is offered an export")
	}
	if status, _, _ := ask(t, s, auditor, http.MethodPost, plain+"/export", "application/x-www-form-urlencoded", strings.NewReader(key.Encode())); status != http.StatusForbidden {
		t.Errorf("an auditor's export answers %d", status)
	}
}

// Several files are marked, and leave in one archive, each with its chain; that one did not is said on the next page.
func TestSeveralFiles(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	i := opened(t, s, false)
	at := "/incidents/" + i.ID + "/evidence"
	var ids []string
	for _, name := range []string{"one.txt", "two.txt"} {
		_, one, _ := upload(t, s, s.Client, at, name, "the plan", map[string]string{"how": "copied"})
		ids = append(ids, one[strings.LastIndex(one, "/")+1:])
	}
	contains(t, s.Get(t, at), "data-bulk", `value="`+ids[0]+`"`)
	if status, _ := post(t, s, at+"/several", url.Values{"action": {"malicious"}, "id": ids[1:], "malicious-reason": {"a dropper"}}); status != http.StatusSeeOther {
		t.Errorf("marking answers %d", status)
	}
	status, page := post(t, s, at+"/several", url.Values{"action": {"harmless"}, "id": append(ids, "none"), "harmless-reason": {"it is none"}})
	if contains(t, page, "It is not there.", "none"); status != http.StatusOK {
		t.Errorf("marking what is none answers %d", status)
	}
	status, page = post(t, s, at+"/several", url.Values{"action": {"export"}, "id": ids, "to": {"Police"}})
	if contains(t, page, "Police"); status != http.StatusUnprocessableEntity {
		t.Errorf("no reason answers %d", status)
	}
	status, archive := post(t, s, at+"/several", url.Values{"action": {"export"}, "id": append(ids, "none"), "to": {"Police"}, "for": {"self"}, "export-reason": {"they asked"}})
	if status != http.StatusOK {
		t.Fatalf("the export answers %d: %s", status, archive)
	}
	folders := map[string]bool{}
	for r := tar.NewReader(strings.NewReader(archive)); ; {
		h, err := r.Next()
		if err != nil {
			break
		}
		if strings.HasSuffix(h.Name, "/custody.jsonl") {
			folders[strings.TrimSuffix(strings.TrimPrefix(h.Name, "evidence-"), "/custody.jsonl")] = true
		}
	}
	if len(folders) != 2 || !folders[ids[0]] || !folders[ids[1]] {
		t.Errorf("it has %v", folders)
	}
	contains(t, s.Get(t, at), "2 files were given out.", "1 was left as it was.", "none: It is not there.")
	contains(t, s.Get(t, at+"/"+ids[0]), "they asked")
}
