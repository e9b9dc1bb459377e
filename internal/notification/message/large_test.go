package message

import (
	"archive/zip"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
)

// unpacked gives the table of a message, whether it came as an archive or not.
func unpacked(t testing.TB, name string, data []byte) io.Reader {
	t.Helper()
	inner, zipped := strings.CutSuffix(name, ".zip")
	if !zipped {
		return bytes.NewReader(data)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(z.File) != 1 || z.File[0].Name != inner {
		t.Fatalf("%s: %v", name, err)
	}
	f, err := z.File[0].Open()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// sinkholed are n observations as a large provider gets them: no two in the same second from the same port, of machines all over its network.
func sinkholed(n int) Section {
	chance := rand.New(rand.NewChaCha8([32]byte{2}))
	s := infections(0)
	families, agents := []string{"mirai", "android.badbox2", "android.vo1d", "avalanche-andromeda", "m0yv", "socks5systemz"}, []string{"", "Go-http-client/1.1", "Dalvik/2.1.0 (Linux; U; Android 7.1.2)", "Mozilla/5.0 (Windows NT 10.0)"}
	for range n {
		addr := fmt.Sprintf("198.%d.%d.%d", 18+chance.IntN(2), chance.IntN(256), chance.IntN(256))
		at := made.Add(-time.Duration(chance.IntN(86400)) * time.Second)
		family, port := families[chance.IntN(len(families))], chance.IntN(64000)+1024
		s.Rows = append(s.Rows, Row{
			Finding: fmt.Sprintf("%s~%08x%016x", addr, chance.Uint32(), chance.Uint64()), Network: "198.18.0.0/15", Time: at, First: at, Last: at, Count: 1,
			Addr: addr, Port: int64(port), Transport: "tcp", Malware: family,
			Event: map[string]string{
				"time.source": at.Format(time.RFC3339), "source.ip": addr, "source.port": fmt.Sprint(port), "protocol.transport": "tcp", "source.asn": "64500", "source.geolocation.cc": "FI",
				"source.geolocation.city": []string{"HELSINKI", "TAMPERE", "OULU", "TURKU"}[chance.IntN(4)], "source.reverse_dns": "dsl-" + strings.ReplaceAll(addr, ".", "-") + ".lakeside.example",
				"malware.name": family, "classification.type": "infected-system", "classification.taxonomy": "malicious-code", "destination.ip": fmt.Sprintf("203.0.113.%d", chance.IntN(16)),
				"destination.port": "443", "feed.name": "shadowserver", "feed.report": "event4_sinkhole_http", "extra.http_agent": agents[chance.IntN(len(agents))],
				"extra.http_url": fmt.Sprintf("/stat?uptime=%d&id=%x", chance.IntN(100), chance.Uint32()),
			},
		})
	}
	return s
}

// hostileRows are n rows of noise, each with some hundred bytes that nothing compresses, in columns that come and go.
func hostileRows(n, size int) Section {
	source := rand.NewChaCha8([32]byte{1})
	s := Section{Type: "vulnerable-system", Identifier: "open-telnet"}
	at := made.Add(-time.Hour)
	for i := range n {
		noise := make([]byte, size)
		_, _ = source.Read(noise)
		for j := range noise {
			noise[j] = ' ' + noise[j]%95
		}
		s.Rows = append(s.Rows, Row{
			Finding: fmt.Sprintf("192.0.2.1~%024x", i), Time: at, Addr: "192.0.2.1", Port: 23, Transport: "tcp",
			Event: map[string]string{"source.ip": "192.0.2.1", fmt.Sprintf("extra.x%d", i%40): string(noise)},
		})
	}
	return s
}

// observed are n observations of one finding: behind one address many have called.
func observed(n int) Section {
	s := infections(n)
	for i := range s.Rows {
		s.Rows[i].Finding = s.Rows[0].Finding
	}
	return s
}

// TestLargeLetters cuts what is far too large for one message: each part keeps within the limit, all rows are there once and in order, and
// the tables can be put together.
func TestLargeLetters(t *testing.T) {
	if testing.Short() {
		t.Skip("makes a hundred thousand rows and more")
	}
	bare := infections(50_000)
	for i := range bare.Rows {
		bare.Rows[i].Event = nil
	}
	long := infections(3000)
	for i := range long.Rows {
		long.Rows[i].Event["extra.banner"] = strings.Repeat("=", 30_000)
	}
	tests := []struct {
		name   string
		s      Section
		size   int64
		atMost int
		xarf   bool
	}{
		{"realistic", sinkholed(75_000), 1 << 20, 9, false},
		{"one finding", observed(75_000), 1 << 20, 8, true},
		{"hostile", hostileRows(75_000, 100), 1 << 20, 19, false},
		{"small parts", infections(20_000), 64 << 10, 60, false},
		{"noise in small parts", hostileRows(2000, 400), 64 << 10, 60, true},
		{"without events", bare, 4 << 20, 3, false},
		{"a bomb", long, 1 << 20, 8, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := renderer(t, Options{PartSize: tt.size})
			l := letter(tt.s)
			start := time.Now()
			parts := r.Split(l)
			cut := time.Since(start)
			if len(parts) > tt.atMost {
				t.Errorf("%d parts", len(parts))
			}
			if last := parts[len(parts)-1].Sections[0].Rows; &last[len(last)-1] != &tt.s.Rows[len(tt.s.Rows)-1] {
				t.Error("the rows were copied")
			}
			next, largest := 0, int64(0)
			var columns string
			for _, p := range parts {
				out := rendered(t, r, p)
				if hasXARF := len(out.Attachments) > 1; hasXARF != tt.xarf || strings.Contains(out.Text, "X-ARF") == false {
					t.Fatalf("X-ARF: %v\n%s", hasXARF, out.Text)
				}
				largest = max(largest, travels(out))
				next, columns = follow(t, tt.s.Rows, next, columns, out)
			}
			if largest > tt.size || next != len(tt.s.Rows) {
				t.Errorf("the largest part has %d bytes; %d rows of %d", largest, next, len(tt.s.Rows))
			}
			t.Logf("%d parts, cut in %v, done in %v; the largest has %d bytes", len(parts), cut, time.Since(start), largest)
		})
	}
}

// follow reads the table of a part and checks that its rows are those that come next.
func follow(t *testing.T, want []Row, next int, columns string, out Rendered) (int, string) {
	t.Helper()
	a := out.Attachments[0]
	lines := csv.NewReader(unpacked(t, a.Name, a.Data))
	lines.ReuseRecord = true
	head, err := lines.Read()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(head, " "); columns != "" && got != columns {
		t.Errorf("the columns change to %s", got)
	}
	columns = strings.Join(head, " ")
	for ; ; next++ {
		line, err := lines.Read()
		if err == io.EOF {
			return next, columns
		}
		if err != nil || next >= len(want) || line[0] != want[next].Finding {
			t.Fatalf("row %d: %v, %v", next, line, err)
		}
	}
}

// TestRealSizeIsMeasured compares what Split believes of a table with what it becomes.
func TestRealSizeIsMeasured(t *testing.T) {
	for name, s := range map[string]Section{"realistic": sinkholed(30_000), "noise": hostileRows(9000, 100), "small": infections(3)} {
		l := letter(s)
		pack := packingOf(4 << 20)
		g, f := gauge{pack: pack}, &file{name: "x.csv", made: made, pack: pack}
		lines := tableLines{columns: header(l)}
		for _, w := range s.Rows {
			g.add(lines.row(s, w))
			_, _ = f.Write(lines.row(s, w))
		}
		g.squeeze()
		a, err := f.attachment()
		if got, want := g.with(0), int64(len(a.Data)); err != nil || got < want || got > want+zipFrame+maxChunk {
			t.Errorf("%s: measured %d, is %d, %v", name, got, want, err)
		}
	}
}

func TestTheSameLetterGivesTheSameBytes(t *testing.T) {
	r := renderer(t, Options{})
	l := letter(infections(4000))
	a, b := rendered(t, r, l), rendered(t, r, l)
	if len(a.Attachments) != 2 || a.Attachments[0].Name != "FH-2026-0001234.csv.zip" || a.Attachments[1].Name != "FH-2026-0001234.xarf.jsonl.zip" || a.Attachments[1].MediaType != "application/zip" {
		t.Fatalf("%d attachments", len(a.Attachments))
	}
	for i := range a.Attachments {
		if !bytes.Equal(a.Attachments[i].Data, b.Attachments[i].Data) {
			t.Errorf("%s differs", a.Attachments[i].Name)
		}
	}
	if !strings.Contains(a.Text, "FH-2026-0001234.csv.zip") {
		t.Error("the text does not name the archive")
	}
	for _, year := range []int{1, 1979, 9999} {
		l.Made = time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
		_, _ = io.Copy(io.Discard, unpacked(t, a.Attachments[0].Name, rendered(t, r, l).Attachments[0].Data))
	}
}

// TestLargePayload holds the table instead of lists where those would be too long.
func TestLargePayload(t *testing.T) {
	tests := []struct {
		name   string
		s      Section
		listed bool
	}{
		{"listed", infections(100), true},
		{"too many", infections(5001), false},
		{"too large", hostileRows(4000, 2000), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out := rendered(t, renderer(t, Options{}), letter(tt.s))
			var doc payloadDoc
			if err := json.Unmarshal(out.Payload, &doc); err != nil {
				t.Fatal(err)
			}
			if got := len(doc.Sections[0].List) > 0; got != tt.listed || got == (doc.CSV != nil) {
				t.Fatalf("listed: %v, file: %v", got, doc.CSV != nil)
			}
			if doc.CSV != nil && (doc.CSV.Name != out.Attachments[0].Name || !bytes.Equal(doc.CSV.Data, out.Attachments[0].Data)) {
				t.Error("the file is another one than the mail's")
			}
		})
	}
}

// TestLargeLettersAskForLittleMemory bounds what Split holds besides the letter itself.
func TestLargeLettersAskForLittleMemory(t *testing.T) {
	l := letter(infections(60_000))
	r := renderer(t, Options{})
	var before, after runtime.MemStats
	r.Split(l)
	runtime.GC()
	runtime.ReadMemStats(&before)
	c := newCutter(r, totals(l))
	c.whole.columns = header(l)
	c.section(l.Sections[0])
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 16<<20 {
		t.Errorf("cutting holds %d MiB", grown>>20)
	}
	runtime.KeepAlive(c)
}

func TestEventsPerPart(t *testing.T) {
	r := renderer(t, Options{})
	n := r.EventsPerPart()
	if parts := len(r.Split(letter(sinkholed(int(n))))); parts > 2 {
		t.Errorf("%d observations make %d parts", n, parts)
	}
	if parts := len(r.Split(letter(sinkholed(int(2 * n))))); parts < 2 {
		t.Errorf("%d observations make %d parts: the guess is too low", 2*n, parts)
	}
	if tiny := renderer(t, Options{PartSize: 1}).EventsPerPart(); tiny != 1 {
		t.Errorf("at least one, not %d", tiny)
	}
}
