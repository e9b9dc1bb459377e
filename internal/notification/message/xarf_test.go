package message

import (
	"bytes"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/firehall/firehall/internal/core/rsit"
	"github.com/firehall/firehall/internal/feed/format"
	"github.com/firehall/firehall/internal/feed/format/formattest"
	"github.com/firehall/firehall/internal/feed/mailreport"
)

// kinds are letters with a section of each RSIT type, in its usual and its barest form.
func kinds() []Letter {
	var out []Letter
	for _, typ := range rsit.Types() {
		full := phish()
		full.Type, full.Identifier = string(typ), "open-x"
		full.Rows[0].Port, full.Rows[0].Transport = 443, "tcp"
		full.Rows[0].Event["product.vulnerabilities"] = "CVE-2021-44228, cve-2022-1"
		bare := Section{Type: string(typ), Rows: []Row{{Finding: "a", Addr: "192.0.2.1"}}}
		host := Section{Type: string(typ), Rows: []Row{{Finding: "b", Host: "a.example", Port: 70000, Transport: "gre"}}}
		out = append(out, letter(full, bare, host))
	}
	return append(out, soaked(spiteful["header"]), soaked(spiteful["direction"]), letter(infections(3), telnet()))
}

// schema reads the published schemas of X-ARF v4, where the reference data are at hand.
func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	dir, err := filepath.Abs("../../../../shared/data/xarf/schemas/v4")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("the reference data are not here: %v", err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(fromFolder(dir))
	s, err := c.Compile("https://xarf.org/schemas/v4/xarf-v4-master.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fromFolder loads the schemas by the paths of their published addresses, from a folder.
type fromFolder string

func (f fromFolder) Load(address string) (any, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(filepath.Join(string(f), strings.TrimPrefix(u.Path, "/schemas/v4/")))
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(raw))
}

func xarfOf(t *testing.T, l Letter) ([]byte, int) {
	t.Helper()
	var b bytes.Buffer
	n, err := xarf(&b, l)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), n
}

func TestXARFIsValid(t *testing.T) {
	s := schema(t)
	seenKinds := map[string]bool{}
	for _, l := range kinds() {
		raw, n := xarfOf(t, l)
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		if len(lines) != n {
			t.Fatalf("%d reports in %d lines", n, len(lines))
		}
		for _, line := range lines {
			doc, err := jsonschema.UnmarshalJSON(strings.NewReader(line))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Validate(doc); err != nil {
				t.Errorf("%s: %v", line, err)
			}
			m := doc.(map[string]any)
			seenKinds[m["category"].(string)+"/"+m["type"].(string)] = true
		}
	}
	if len(seenKinds) < 12 {
		t.Errorf("only these kinds were tried: %v", seenKinds)
	}
}

func TestXARFReadsBack(t *testing.T) {
	tests := []struct {
		name string
		s    Section
		want map[string]string
	}{
		{"infection", infections(1), map[string]string{"source.ip": "198.51.100.1", "source.port": "40000", "classification.type": "infected-system", "malware.name": "mirai", "destination.ip": "203.0.113.80"}},
		{"open service", telnet(), map[string]string{"source.ip": "198.51.100.7", "classification.type": "potentially-unwanted-accessible", "protocol.application": "open-telnet"}},
		{"page", phish(), map[string]string{"source.ip": "2001:db8:17::80", "classification.type": "phishing"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			raw, n := xarfOf(t, letter(tt.s))
			got := formattest.Decode(t, mailreport.NewXARF(formattest.Clock, format.Defaults{}), "x.json", string(raw), 1<<20)
			if n != 1 || got.Rows() != 1 {
				t.Fatalf("%d reports, %d events, %v", n, got.Rows(), got.Rejects())
			}
			formattest.Want(t, got.Row(0), tt.want)
		})
	}
}

func TestXARFLeavesOut(t *testing.T) {
	nameless := letter(telnet())
	nameless.Team.Email = "nobody"
	for name, l := range map[string]Letter{"victims": letter(flooded()), "a team without an address": nameless, "nothing to name": letter(Section{Rows: []Row{{Finding: "x"}}})} {
		if raw, n := xarfOf(t, l); n != 0 || len(raw) != 0 {
			t.Errorf("%s: %s", name, raw)
		}
	}
	twice := infections(2)
	twice.Rows[1].Finding = twice.Rows[0].Finding
	if _, n := xarfOf(t, letter(twice)); n != 1 {
		t.Errorf("%d reports of one finding", n)
	}
}

func TestSeenKeepsTheValue(t *testing.T) {
	for _, v := range []string{"a\u202eb", "\U000e0041", "é", "\u200b\ufeff", "日本"} {
		raw, _ := json.Marshal(v)
		var back string
		if err := json.Unmarshal(seen(raw), &back); err != nil || back != v {
			t.Errorf("%q came back as %q, %v", v, back, err)
		}
	}
}

// TestXARFClasses holds the choice of category and type, and what each says besides.
func TestXARFClasses(t *testing.T) {
	row := Row{Finding: "f", Time: made, Addr: "192.0.2.1", Port: 443, Transport: "tcp"}
	page := row
	page.URL = "https://a.example/x"
	bare := Row{Finding: "f", Time: made, Addr: "192.0.2.1"}
	flawed := row
	flawed.Event = map[string]string{"product.vulnerabilities": "CVE-2021-44228, cve-2024-3400, CVE-2021-44228"}
	tests := []struct {
		name, kind, identifier string
		w                      Row
		want                   string
	}{
		{"infection", "infected-system", "", row, "infrastructure/botnet"},
		{"command server", "c2-server", "", row, "infrastructure/compromised_server"},
		{"command server with a page", "c2-server", "", page, "infrastructure/compromised_server"},
		{"compromised site", "system-compromise", "compromised-website", page, "content/remote_compromise"},
		{"compromised machine", "system-compromise", "", row, "infrastructure/compromised_server"},
		{"malware", "malware-distribution", "", page, "content/malware"},
		{"malware without a page", "malware-distribution", "", row, "reputation/threat_intelligence"},
		{"phishing", "phishing", "", page, "content/phishing"},
		{"password guessing", "brute-force", "", row, "connection/login_attack"},
		{"password guessing, no port", "brute-force", "", bare, "reputation/threat_intelligence"},
		{"scanner", "scanner", "", row, "connection/port_scan"},
		{"flood", "ddos", "", row, "connection/ddos"},
		{"spam", "spam", "", row, "messaging/spam"},
		{"copyright", "copyright", "", page, "copyright/copyright"},
		{"open service", "vulnerable-system", "open-redis", row, "vulnerability/open_service"},
		{"amplifier", "ddos-amplifier", "", row, "vulnerability/open_service"},
		{"wrong setting", "misconfiguration", "", row, "vulnerability/misconfiguration"},
		{"known flaw", "vulnerable-system", "", flawed, "vulnerability/cve"},
		{"open by its name only", "other", "open-stun", row, "vulnerability/open_service"},
		{"blocklist", "other", "blacklisted-ip", row, "reputation/blocklist"},
		{"unknown", "what", "", row, "reputation/threat_intelligence"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			us, _ := reporter(letter().Team)
			got, ok := report1(letter(), Section{Type: tt.kind, Identifier: tt.identifier}, tt.w, us)
			if kind := got.Category + "/" + got.Type; !ok || kind != tt.want {
				t.Errorf("got %s", kind)
			}
			if got.Type == "cve" && (got.CVE != "CVE-2021-44228" || len(got.CVEs) != 2) {
				t.Errorf("got %s of %v", got.CVE, got.CVEs)
			}
		})
	}
}

func TestXARFTimes(t *testing.T) {
	us, _ := reporter(letter().Team)
	day := 24 * time.Hour
	tests := []struct {
		name              string
		w                 Row
		at, first, latest string
	}{
		{"all known", Row{Time: made, First: made.Add(-day), Last: made.Add(day)}, "2026-11-22", "2026-11-21", "2026-11-23"},
		{"the event's only", Row{Time: made}, "2026-11-22", "2026-11-22", "2026-11-22"},
		{"first after the event", Row{Time: made, First: made.Add(day)}, "2026-11-22", "2026-11-22", "2026-11-22"},
		{"last only", Row{Last: made.Add(-day)}, "2026-11-21", "2026-11-21", "2026-11-21"},
		{"none: the letter's", Row{}, "2026-11-22", "2026-11-22", "2026-11-22"},
	}
	for _, tt := range tests {
		tt.w.Addr = "192.0.2.1"
		got, _ := report1(letter(), Section{Type: "spam"}, tt.w, us)
		if got.Timestamp[:10] != tt.at || got.FirstSeen[:10] != tt.first || got.LastSeen[:10] != tt.latest {
			t.Errorf("%s: %s, %s, %s", tt.name, got.Timestamp, got.FirstSeen, got.LastSeen)
		}
	}
}
