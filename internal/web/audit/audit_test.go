package audit_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

func TestListAndOne(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	s.Post(t, "/stops", url.Values{"scope": {"all"}, "reason": {"=cmd()<script>x</script>"}})
	body := s.Get(t, "/audit?q=operation:delivery")
	for _, want := range []string{"delivery.stop", "=cmd()&lt;script&gt;", "Newest checkpoint", "nobody verified yet", "checkpoint_file"} {
		if !strings.Contains(body, want) {
			t.Errorf("the list does not say %q", want)
		}
	}
	list, err := s.App.Record.List(t.Context(), s.Actor, audit.Query{Operation: "delivery.stop"})
	if err != nil || len(list.Items) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	one := s.Get(t, "/audit/"+list.Items[0].ID)
	if !strings.Contains(one, "=cmd()&lt;script&gt;") || strings.Contains(one, "<script>x") {
		t.Error("the entry is not shown, or not as text")
	}
}

func TestExportIsHarmless(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	s.Post(t, "/stops", url.Values{"scope": {"all"}, "reason": {"=cmd()"}})
	rows, err := csv.NewReader(strings.NewReader(s.Get(t, "/audit/export?format=csv&q=operation:delivery.stop"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][7] != "'=cmd()" {
		t.Errorf("%v, %v", rows, err)
	}
	var lines []audit.Line
	if err := json.Unmarshal([]byte(s.Get(t, "/audit/export?format=json&q=operation:delivery.stop")), &lines); err != nil || len(lines) != 1 || lines[0].Reason != "=cmd()" {
		t.Errorf("%v, %v", lines, err)
	}
}

func TestWrongQuestions(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	for path, want := range map[string]int{
		"/audit?q=from:yesterday": http.StatusUnprocessableEntity, "/audit/nothing": http.StatusNotFound, "/audit/export?format=exe": http.StatusUnprocessableEntity,
	} {
		res, err := s.Client.Get(s.URL + path) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want && (want != http.StatusUnprocessableEntity || res.StatusCode != http.StatusBadRequest) {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// TestRecordHoldsNoSecrets walks every entry of a station where people logged in, made tokens and sent messages.
func TestRecordHoldsNoSecrets(t *testing.T) {
	s := station.Open(t, station.Options{Sent: true})
	secret, _, err := s.App.Tokens.New(t.Context(), s.Actor, "planted", "shadowserver")
	if err != nil {
		t.Fatal(err)
	}
	link, _, err := s.App.LoginLink(t.Context(), identity.System("test"), "http://127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	_, linkSecret, _ := strings.Cut(link, ".-")
	planted := []string{secret, link[strings.LastIndex(link, "=")+1:]}
	if linkSecret != "" {
		planted = append(planted, linkSecret)
	}
	q, n := audit.Query{Request: page.Request{Limit: page.MaxLimit}}, 0
	for {
		p, err := s.App.Record.List(t.Context(), s.Actor, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range p.Items {
			text, err := json.Marshal(line)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range planted {
				if strings.Contains(string(text), x) {
					t.Errorf("%s on %s tells a secret", line.Operation, line.Object)
				}
			}
			n++
		}
		if q.After = p.Next; q.After == "" {
			break
		}
	}
	if n < 10 {
		t.Errorf("%d entries only", n)
	}
}
