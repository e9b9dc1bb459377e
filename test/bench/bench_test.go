package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/firehall/firehall/internal/demo"
)

func TestMedian(t *testing.T) {
	tests := []struct {
		name   string
		values []int
		want   int
	}{
		{"none", nil, 0},
		{"one", []int{7}, 7},
		{"odd, unsorted", []int{9, 1, 5}, 5},
		{"even: the lower of the middle", []int{4, 1, 3, 2}, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := append([]int(nil), tt.values...)
			if got := median(tt.values); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
			if !reflect.DeepEqual(before, append([]int(nil), tt.values...)) {
				t.Error("the values were sorted in place")
			}
		})
	}
}

func TestMiddleIsTheRunOfMedianRate(t *testing.T) {
	runs := []ingested{{rows: 100, seconds: 1, raw: 1}, {rows: 100, seconds: 4, raw: 2}, {rows: 100, seconds: 2, raw: 3}}
	if got := middle(runs); got.raw != 3 {
		t.Errorf("got the run %+v", got)
	}
}

func TestNumbers(t *testing.T) {
	tests := []struct {
		got, want string
	}{
		{number(0), "0"},
		{number(0.123), "0.12"},
		{number(9.876), "9.88"},
		{number(12.34), "12.3"},
		{number(999.6), "1,000"},
		{number(1234567), "1,234,567"},
		{thousands(12), "12"},
		{thousands(123456), "123,456"},
		{ratio(479.2), "479×"},
		{mebibytes(1 << 30), "1,024 MiB"},
		{seconds(1500 * time.Millisecond), "1.50 s"},
		{milliseconds(117 * time.Millisecond), "117 ms"},
		{perSecond(2), "500,000"},
		{perSecond(0), "–"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestGates(t *testing.T) {
	tests := []struct {
		name string
		gate gate
		met  bool
	}{
		{"rate reached", atLeast("r", 600_000, 600_000, ""), true},
		{"rate missed", atLeast("r", 599_999, 600_000, ""), false},
		{"size reached", atMost("s", 60, 60, ""), true},
		{"size missed", atMost("s", 60.01, 60, ""), false},
		{"nothing was measured", atMost("s", 0, 60, ""), false},
	}
	for _, tt := range tests {
		if tt.gate.met != tt.met {
			t.Errorf("%s: met %v", tt.name, tt.gate.met)
		}
	}
}

func TestVerdict(t *testing.T) {
	missed := []table{{gates: []gate{{name: "good", met: true}, {name: "slow"}}}}
	tests := []struct {
		name  string
		o     options
		fails bool
	}{
		{"full run", options{gates: "auto", rows: fullRows}, true},
		{"quick run", options{gates: "auto", rows: 1000}, false},
		{"quick run that must pass", options{gates: "on", rows: 1000}, true},
		{"full run that need not", options{gates: "off", rows: fullRows}, false},
	}
	for _, tt := range tests {
		err := verdict(missed, tt.o)
		if (err != nil) != tt.fails {
			t.Errorf("%s: %v", tt.name, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "slow") || strings.Contains(err.Error(), "good")) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestTableInMarkdown(t *testing.T) {
	tab := table{title: "Title", head: []string{"a", "b"}}
	tab.add("1", "x|y")
	tab.note("%d words", 2)
	tab.gates = []gate{{"g", "1", "≥ 2", false}}
	want := "\n## Title\n\n| a | b |\n|---|---|\n| 1 | x\\|y |\n\n2 words\n\n| gate | measured | wanted | met |\n|---|---|---|---|\n| g | 1 | ≥ 2 | **no** |\n"
	if got := tab.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	if again := tab.String(); again != want {
		t.Errorf("printed a second time it differs:\n%s", again)
	}
}

func TestSummaryNamesWhatWasMissed(t *testing.T) {
	got := summary([]table{{gates: []gate{{"good", "1", "≥ 1", true}, {"slow", "1", "≥ 2", false}}}}, 1000, time.Minute)
	if want := "\nMeasured with 1,000 rows a file in 1m0s: 1 of 2 gates met. Missed: slow: 1, wanted ≥ 2.\n"; got != want {
		t.Errorf("got %q", got)
	}
}

func TestWriteDocument(t *testing.T) {
	path := filepath.Join(t.TempDir(), "benchmarks.md")
	if err := os.WriteFile(path, []byte("# Prose\n"+markBegin+"old\n"+markEnd+"more prose\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // written again it is the same
		if err := writeDocument(path, []table{{title: "T", head: []string{"a"}}}, "\nclosing\n"); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if want := "# Prose\n" + markBegin + "closing\n\n## T\n\n| a |\n|---|\n" + markEnd + "more prose\n"; err != nil || string(got) != want {
			t.Errorf("got %q, %v", got, err)
		}
	}
	if err := os.WriteFile(path, []byte("no marks"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := writeDocument(path, nil, ""); err == nil {
		t.Error("a document without marks was written")
	}
}

func TestTheDocumentHasTheMarks(t *testing.T) {
	text, err := os.ReadFile("../../docs/benchmarks.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := between(string(text), ""); err != nil {
		t.Error(err)
	}
}

func TestParseStages(t *testing.T) {
	var line strings.Builder
	line.WriteString("goos: linux\nBenchmarkStages/scan_ssl-2 \t 1\t 892570956 ns/op\t")
	for _, s := range stages {
		line.WriteString(" 0.25 " + s.name + "-us/row\t")
	}
	line.WriteString(" 2.25 sum-us/row 4000 rows/cpu-s\nPASS\n")
	cost, err := parseStages(line.String(), "scan_ssl")
	if err != nil || cost["decode"] != 0.25 || cost["sum"] != 2.25 {
		t.Errorf("got %v, %v", cost, err)
	}
	if _, err := parseStages(line.String(), "scan_telnet"); err == nil {
		t.Error("figures for a shape that was not measured")
	}
	if _, err := parseStages(strings.Replace(line.String(), "0.25 decode", "x decode", 1), "scan_ssl"); err == nil {
		t.Error("a figure that is none was read")
	}
}

func TestStagesAreThoseOfTheBenchmark(t *testing.T) {
	text, err := os.ReadFile("../../internal/feed/bench_test.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range stages {
		if !strings.Contains(string(text), `"`+s.name+`"`) {
			t.Errorf("internal/feed measures no %s", s.name)
		}
	}
}

func TestHighWater(t *testing.T) {
	tests := []struct {
		name, page string
		want       int64
	}{
		{"a page", "VmPeak:\t 999 kB\nVmHWM:\t    2048 kB\nVmRSS:\t 1 kB\n", 2 << 20},
		{"a zombie's", "State:\tZ\n", 0},
		{"cut", "VmHWM:", 0},
	}
	for _, tt := range tests {
		if got := highWater([]byte(tt.page)); got != tt.want {
			t.Errorf("%s: got %d", tt.name, got)
		}
	}
}

func TestMachineWords(t *testing.T) {
	mounts := "proc /proc proc rw 0 0\n/dev/vda / ext4 rw 0 0\ntmpfs /tmp tmpfs rw 0 0\n/dev/vdb /tmp2 xfs rw 0 0\nshort\n"
	for dir, want := range map[string]string{"/tmp/x": "tmpfs", "/tmp": "tmpfs", "/tmp2/x": "xfs", "/var/tmp": "ext4"} {
		if got := mountOf(mounts, dir); got != want {
			t.Errorf("%s lies on %s, not %s", dir, want, got)
		}
	}
	if v, ok := fieldOf("processor\t: 0\nmodel name\t: A: B\n", "model name"); !ok || v != "A: B" {
		t.Errorf("got %q", v)
	}
	if got := busyOf("cpu  100 20 30 99999 88888 4 5 1 7 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n"); got != 1600*time.Millisecond {
		t.Errorf("busy for %s", got)
	}
	if busyOf("cpu0 1") != 0 || busyOf("") != 0 {
		t.Error("something was read out of nothing")
	}
	if got := memory("24683520 kB"); got != "23.5 GiB" {
		t.Errorf("got %q", got)
	}
	if got := memory("unknown"); got != "unknown" {
		t.Errorf("got %q", got)
	}
}

func TestAligned(t *testing.T) {
	b := aligned(5000)
	if len(b) != 5000 || uintptr(unsafe.Pointer(&b[0]))%uintptr(os.Getpagesize()) != 0 {
		t.Errorf("%d bytes at %p", len(b), &b[0])
	}
}

func TestChosen(t *testing.T) {
	if all, err := chosen(""); err != nil || len(all) != len(points()) {
		t.Errorf("got %d points, %v", len(all), err)
	}
	if two, err := chosen("start, machine"); err != nil || len(two) != 2 || two[0].name != "start" {
		t.Errorf("got %v, %v", two, err)
	}
	if _, err := chosen("luck"); err == nil {
		t.Error("an unknown point was chosen")
	}
}

func TestCountsCheck(t *testing.T) {
	tests := []struct {
		name string
		c    counts
		ok   bool
	}{
		{"all became events", counts{Rows: 1000, Events: 1000, Seconds: 1}, true},
		{"taken before", counts{Rows: 1000, Seconds: 1}, false},
		{"rows missing", counts{Rows: 999, Events: 999, Seconds: 1}, false},
		{"set aside", counts{Rows: 1000, Events: 999, SetAside: 1, Seconds: 1}, false},
	}
	for _, tt := range tests {
		if err := tt.c.check(1000); (err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func TestYardstick(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.csv")
	if err := writeFile(path, func(w io.Writer) error { return demo.Write(w, "scan_telnet", 1000, 1, time.Now()) }); err != nil {
		t.Fatal(err)
	}
	if rate, err := yardstick(path, 1000); err != nil || rate <= 0 {
		t.Errorf("got %v, %v", rate, err)
	}
	if _, err := yardstick(path, 999); err == nil {
		t.Error("a wrong number of rows passed")
	}
}

func TestPrefixesAreDifferent(t *testing.T) {
	list := drawPrefixes(3000, 1)
	seen := map[netip.Prefix]bool{}
	for _, p := range list {
		if seen[p] || p != p.Masked() {
			t.Fatalf("%s is there twice, or no prefix", p)
		}
		seen[p] = true
	}
	var out bytes.Buffer
	if err := errors.Join(writeRegister(&out, list), writePrefixes(&out, list)); err != nil || strings.Count(out.String(), "\n") != 2*len(list)+2 {
		t.Errorf("%d lines, %v", strings.Count(out.String(), "\n"), err)
	}
}

func TestChild(t *testing.T) {
	u, err := child(context.Background(), "/bin/sh", "-c", "echo yes; sleep 0.1")
	if err != nil || string(u.out) != "yes\n" || u.wall < 100*time.Millisecond {
		t.Errorf("got %q after %s, %v", u.out, u.wall, err)
	}
	if _, err := child(context.Background(), "/bin/sh", "-c", "echo why >&2; exit 3"); err == nil || !strings.Contains(err.Error(), "why") {
		t.Errorf("the reason is missing: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := child(ctx, "/bin/sh", "-c", "exec sleep 600"); err == nil || time.Since(begun) > 5*time.Minute {
		t.Errorf("a child that hangs was waited for: %v after %s", err, time.Since(begun))
	}
}

func TestFolderSize(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "a"), 0o700), os.WriteFile(filepath.Join(dir, "a", "b"), []byte("12345"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if n, err := folderSize(dir); err != nil || n != 5 {
		t.Errorf("got %d, %v", n, err)
	}
	if n, err := folderSize(filepath.Join(dir, "none")); err != nil || n != 0 {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestLimitSaysWhere(t *testing.T) {
	o := outcome{ingested: ingested{usage: usage{wall: time.Second}}}
	o.share = 0.9
	if got := o.limit(); !strings.Contains(got, "limit is the disk") {
		t.Error(got)
	}
	o.share, o.cpu = 0.1, 1000*time.Second
	if got := o.limit(); !strings.Contains(got, "limit is the processors") {
		t.Error(got)
	}
	o.others = 1.5
	if got := o.limit(); !strings.Contains(got, "not quiet") {
		t.Error(got)
	}
	o.cpu, o.others = 0, 0
	if got := o.limit(); !strings.Contains(got, "neither") {
		t.Error(got)
	}
}
