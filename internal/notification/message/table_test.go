package message

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func TestTheLinesOfTheList(t *testing.T) {
	at := time.Date(2026, 11, 22, 5, 30, 0, 999, time.FixedZone("", 7200))
	event := func(pairs ...string) map[string]string {
		m := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			m[pairs[i]] = pairs[i+1]
		}
		return m
	}
	tests := []struct {
		name    string
		s       Section
		w       Row
		line    string
		details []string
	}{
		{"everything usual", Section{}, Row{Time: at, Addr: "192.0.2.1", Port: 23, Transport: "tcp"}, "2026-11-22 03:30:00  192.0.2.1  23/tcp", nil},
		{"malware fits", Section{}, Row{Time: at, Addr: "192.0.2.1", Port: 1, Malware: "mirai"}, "2026-11-22 03:30:00  192.0.2.1  1  mirai", nil},
		{"malware that the heading names", Section{Malware: "mirai"}, Row{Time: at, Addr: "192.0.2.1", Malware: "mirai"}, "2026-11-22 03:30:00  192.0.2.1", nil},
		{"malware that does not fit", Section{}, Row{Time: at, Addr: "192.0.2.1", Malware: strings.Repeat("m", 60)}, "2026-11-22 03:30:00  192.0.2.1", []string{strings.Repeat("m", 60)}},
		{"no time", Section{}, Row{Addr: "192.0.2.1"}, "-                    192.0.2.1", nil},
		{"the latest time", Section{}, Row{Last: at, First: at.Add(-time.Hour), Addr: "192.0.2.1"}, "2026-11-22 03:30:00  192.0.2.1", nil},
		{"the first time", Section{}, Row{First: at, Addr: "192.0.2.1"}, "2026-11-22 03:30:00  192.0.2.1", nil},
		{"IPv4 in IPv6", Section{}, Row{Time: at, Addr: "::ffff:192.0.2.1"}, "2026-11-22 03:30:00  192.0.2.1", nil},
		{"no address", Section{}, Row{Time: at, Host: "www.a.example"}, "2026-11-22 03:30:00  www[.]a[.]example", nil},
		{"nothing", Section{}, Row{Time: at}, "2026-11-22 03:30:00  -", nil},
		{"a broken address", Section{}, Row{Time: at, Addr: "x\ny"}, `2026-11-22 03:30:00  x\ny`, nil},
		{"protocol without a port", Section{}, Row{Time: at, Addr: "192.0.2.1", Transport: "icmp"}, "2026-11-22 03:30:00  192.0.2.1  icmp", nil},
		{"the host's name", Section{}, Row{Time: at, Addr: "192.0.2.1", Host: "a.example"}, "2026-11-22 03:30:00  192.0.2.1", []string{"a[.]example"}},
		{"the page, which names the host", Section{}, Row{Time: at, Addr: "192.0.2.1", Host: "a.example", URL: "http://a.example/x"}, "2026-11-22 03:30:00  192.0.2.1", []string{"hxxp://a[.]example/x"}},
		{"what it talked to", Section{}, Row{Time: at, Addr: "192.0.2.1", Event: event("destination.ip", "203.0.113.5", "destination.port", "80")}, "2026-11-22 03:30:00  192.0.2.1", []string{"-> 203.0.113.5 port 80"}},
		{"by name", Section{}, Row{Time: at, Addr: "192.0.2.1", Event: event("destination.fqdn", "c2.example", "destination.port", "x")}, "2026-11-22 03:30:00  192.0.2.1", []string{"-> c2[.]example"}},
		{"malware and the other side", Section{}, Row{Time: at, Addr: "192.0.2.1", Malware: "mirai", Event: event("destination.ip", "203.0.113.5")}, "2026-11-22 03:30:00  192.0.2.1", []string{"mirai", "-> 203.0.113.5"}},
		{
			"who attacked",
			Section{Standing: Victim},
			Row{Time: at, Addr: "192.0.2.1", Event: event("source.ip", "203.0.113.5", "source.port", "6667", "destination.ip", "192.0.2.1")},
			"2026-11-22 03:30:00  192.0.2.1",
			[]string{"<- 203.0.113.5 port 6667"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			rows, _ := table(tt.s, []Row{tt.w}, columnWords{"UTC", "A", "P", "S"}, false)
			line := strings.ReplaceAll(rows[0].Line, string(glue), " ")
			details := strings.Fields(strings.ReplaceAll(strings.Join(rows[0].Details, " "), string(glue), " "))
			if line != tt.line || !slices.Equal(details, strings.Fields(strings.Join(tt.details, " "))) {
				t.Errorf("got %q, %q", line, details)
			}
		})
	}
}

// TestTheListIsAligned puts addresses of all lengths below each other: the ports stand in one column.
func TestTheListIsAligned(t *testing.T) {
	var rows []Row
	for _, a := range []string{"192.0.2.1", "198.51.100.100", "2001:db8::1", "2001:1db8:1111:2222:3333:4444:5555:6666"} {
		rows = append(rows, Row{Time: made, Addr: a, Port: 53, Transport: "udp"})
	}
	out, head := table(Section{}, rows, columnWords{"UTC", "Address", "Port", "Source port"}, true)
	spread := func(s string) string { return strings.ReplaceAll(s, string(glue), " ") }
	want := strings.Index(spread(head), "Port")
	for _, w := range out {
		if got := strings.Index(spread(w.Line), "53/udp"); got != want {
			t.Errorf("the port stands at %d, its heading at %d: %q", got, want, w.Line)
		}
	}
}
