package message

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// formulas are values that spreadsheets run, or have run, or would run after a little help.
var formulas = []string{
	"=1+1", "+1+1", "-1+1", "@SUM(1,1)", "=cmd|'/C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1", "  =1+1", `"=1+1`, `"'=1+1`, "'=1+1", "＝1+1", "＋1+1", "－1", "＠SUM(1)", "−1+1",
	"\u200b=1+1", "\ufeff=1+1", "\u00a0=1+1", "a;=1+1", "a; =1+1", "a;'=1", "a;b;-1", "-17", "+358 9 123", "%0A=1", "|cmd", "«=1+1", "`=1",
}

// harmless are values that stay as they are.
var harmless = []string{"", "192.0.2.1", "mirai", "2026-11-22T06:00:00Z", "a=b", "a,b", `say "x"`, "http://a.example/?a=1;b=2", "Élan", "a'b"}

func TestDisarm(t *testing.T) {
	for _, v := range formulas {
		got := Disarm(v)
		if got == v || Arm(got) != v {
			t.Errorf("%q became %q, and back %q", v, got, Arm(got))
		}
	}
	for _, v := range harmless {
		if got := Disarm(v); got != v {
			t.Errorf("%q became %q", v, got)
		}
	}
}

// cells makes a letter whose only section has a row for each value, in a column of its own.
func cells(values ...string) Letter {
	s := telnet()
	one := s.Rows[0]
	s.Rows = nil
	for _, v := range values {
		one.Event = map[string]string{"source.ip": "192.0.2.1", "extra.banner": v}
		s.Rows = append(s.Rows, one)
	}
	return letter(s)
}

func csvOf(t *testing.T, l Letter) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := writeCSV(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestCSVShape(t *testing.T) {
	got := string(csvOf(t, letter(telnet(), Section{Type: "brute-force", Rows: []Row{{Finding: "f", Time: made, Addr: "192.0.2.9", Port: 22, Transport: "tcp"}}})))
	want := "finding,time.source,source.ip,source.port,protocol.transport,classification.type,classification.identifier,extra.banner\r\n" +
		"198.51.100.7~00aa11bb22cc33dd44ee55ff,2026-11-21T23:30:00Z,198.51.100.7,23,tcp,vulnerable-system,open-telnet,\"'=login: \"\"x\"\"\"\r\n" +
		"f,2026-11-22T06:30:00Z,192.0.2.9,22,tcp,brute-force,,\r\n"
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func FuzzCSV(f *testing.F) {
	for _, v := range slices.Concat(formulas, harmless) {
		f.Add(v, "x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		rows, err := csv.NewReader(strings.NewReader(string(csvOf(t, cells(a, b, "end"))))).ReadAll()
		if err != nil || len(rows) != 4 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for i, want := range []string{a, b, "end"} {
			got := rows[i+1][2]
			if Arm(got) != visible(clip(want, maxCell)) {
				t.Errorf("%q came back as %q", want, got)
			}
			for p := range strings.SplitSeq(got, ";") {
				if p != "" && strings.ContainsRune("=+-@\t\r\n|%", []rune(strings.TrimLeft(p, " \"`"))[:1:1][0]) && strings.TrimLeft(p, " \"`") != "" {
					t.Errorf("%q begins with a formula's sign: %q", want, got)
				}
			}
		}
	})
}

// TestLibreOffice opens the file in a real spreadsheet: what comes out of it must be the text that went in, and nothing computed.
func TestLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		if os.Getenv("FIREHALL_TEST_REQUIRE") != "" {
			t.Fatal("LibreOffice (soffice) is not installed")
		}
		t.Skip("LibreOffice (soffice) is not installed")
	}
	dir := t.TempDir()
	in := filepath.Join(dir, "in.csv")
	sums := []string{"=40+2", "+40+2", "-40-2", "@SUM(40;2)", "  =40+2", `"=40+2`, "＝40+2", "a;=40+2", "'=40+2", "\t=40+2", `=HYPERLINK("http://a.example";"x")`}
	if err := os.WriteFile(in, csvOf(t, cells(sums...)), 0o600); err != nil {
		t.Fatal(err)
	}
	// Token 3 is UTF-8; the last says that formulas are evaluated, which is the worst that a reader may have chosen.
	const rest = ",34,76,1,,0,false,true,false,false,false,-1,true"
	for name, separators := range map[string]string{"comma": "44", "comma and semicolon": "44/59"} {
		t.Run(name, func(t *testing.T) {
			doc := opened(t, office, dir, in, "CSV:"+separators+rest)
			if !strings.Contains(doc, "extra.banner") || !strings.Contains(doc, "=40+2") {
				t.Error("the spreadsheet did not read the file")
			}
			for _, sign := range computed {
				if strings.Contains(doc, sign) {
					t.Errorf("a formula ran: the sheet holds %s", sign)
				}
			}
		})
	}
	t.Run("the test can fail", func(t *testing.T) {
		if err := os.WriteFile(in, []byte("finding,extra.banner\r\nx,=40+2\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if doc := opened(t, office, dir, in, "CSV:44"+rest); !strings.Contains(doc, computed[0]) {
			t.Error("a bare formula does not run either: this test shows nothing")
		}
	})
}

// computed are the signs in a sheet that something was computed or made a link.
var computed = []string{"table:formula", `office:value="42"`, `office:value="-42"`, "<text:a "}

// opened gives the sheet that the spreadsheet makes of a file, as flat XML.
func opened(t *testing.T, office, dir, in, filter string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), office, "-env:UserInstallation=file://"+filepath.Join(dir, "profile"), "--headless", "--norestore",
		"--infilter="+filter, "--convert-to", "fods", "--outdir", dir, in)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	doc, err := os.ReadFile(filepath.Join(dir, "in.fods"))
	if err != nil {
		t.Fatal(err)
	}
	return string(doc)
}
