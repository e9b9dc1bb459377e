package message

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
)

var update = flag.Bool("update", false, "write the golden files again")

// made is when the letters of the tests are written.
var made = time.Date(2026, 11, 22, 6, 30, 0, 0, time.UTC)

func renderer(t testing.TB, o Options) *Renderer {
	t.Helper()
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func rendered(t testing.TB, r *Renderer, l Letter) Rendered {
	t.Helper()
	out, err := r.Render(t.Context(), l)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// letter is one to a small provider, with the sections given.
func letter(sections ...Section) Letter {
	return Letter{
		Team:         Team{Name: "CERT Demonstra", Email: "cert@cert.example", ReplyTo: "abuse-desk@cert.example", Web: "https://cert.example", Phone: "+358 295 390 230"},
		Organisation: "Lakeside Broadband", Address: "abuse@lakeside.example", Purpose: "abuse", Ticket: "FH-2026-0001234", Label: tlp.Amber, Made: made,
		Zone: "Europe/Helsinki", Attributions: []string{"The Shadowserver Foundation, https://www.shadowserver.org"}, Sections: sections,
	}
}

// infections are n machines that called a sinkhole.
func infections(n int) Section {
	s := Section{Type: "infected-system", Report: "event4_sinkhole", Standing: Responsible}
	for i := range n {
		addr := fmt.Sprintf("198.%d.%d.%d", 51+i/37500, 100+i/250%150, i%250+1)
		at := made.Add(-time.Duration(i*97+3600) * time.Second)
		s.Rows = append(s.Rows, Row{
			Finding: addr + fmt.Sprintf("~%024x", i), Network: "198.51.100.0/22", Time: at, First: at.Add(-48 * time.Hour), Last: at, Count: 3, Addr: addr,
			Port: int64(40000 + i%20000), Transport: "tcp", Malware: "mirai",
			Event: map[string]string{
				"time.source": at.Format(time.RFC3339), "source.ip": addr, "source.port": fmt.Sprint(40000 + i%20000), "protocol.transport": "tcp",
				"malware.name": "mirai", "classification.type": "infected-system", "classification.taxonomy": "malicious-code",
				"destination.ip": "203.0.113.80", "destination.port": "23", "feed.name": "shadowserver", "feed.report": "event4_sinkhole",
			},
		})
	}
	return s
}

func telnet() Section {
	at := made.Add(-7 * time.Hour)
	return Section{
		Type: "vulnerable-system", Identifier: "open-telnet", Report: "scan_telnet", Standing: Responsible,
		Rows: []Row{{
			Finding: "198.51.100.7~00aa11bb22cc33dd44ee55ff", Network: "198.51.100.0/22", Time: at, First: at, Last: at, Count: 1, Addr: "198.51.100.7", Port: 23, Transport: "tcp",
			Event: map[string]string{"time.source": at.Format(time.RFC3339), "source.ip": "198.51.100.7", "source.port": "23", "protocol.transport": "tcp", "extra.banner": "=login: \"x\"", "classification.type": "vulnerable-system", "classification.identifier": "open-telnet"},
		}},
	}
}

func phish() Section {
	at := made.Add(-9 * time.Hour)
	return Section{
		Type: "phishing", Identifier: "phish-url", Report: "phish_url", Standing: Responsible,
		Rows: []Row{{
			Finding: "page~00aa11bb22cc33dd44ee55ff", Network: "lakeside.example", Time: at, First: at, Last: at, Count: 1, Addr: "2001:db8:17::80", URL: "https://www.shop.lakeside.example/login/bank.php?next=http://x.example/", Host: "www.shop.lakeside.example",
			Event: map[string]string{"time.source": at.Format(time.RFC3339), "source.ip": "2001:db8:17::80", "source.url": "https://www.shop.lakeside.example/login/bank.php?next=http://x.example/"},
		}},
	}
}

func flooded() Section {
	at := made.Add(-5 * time.Hour)
	return Section{
		Type: "ddos", Identifier: "honeypot-ddos-target", Report: "event4_honeypot_ddos_target", Standing: Victim,
		Rows: []Row{{
			Finding: "198.51.100.9~11aa11bb22cc33dd44ee55ff", Network: "198.51.100.0/22", Time: at, First: at, Last: at, Count: 1, Addr: "198.51.100.9", Port: 443, Transport: "tcp",
			Event: map[string]string{"time.source": at.Format(time.RFC3339), "source.ip": "203.0.113.5", "source.port": "6667", "destination.ip": "198.51.100.9", "destination.port": "443", "protocol.transport": "tcp"},
		}},
	}
}

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; run with -update if the change is meant:\n%s", name, got)
	}
}
