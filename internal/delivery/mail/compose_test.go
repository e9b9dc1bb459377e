package mail_test

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"log/slog"
	"mime"
	netmail "net/mail"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-message"
	_ "github.com/emersion/go-message/charset"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/mail"
	"github.com/firehall/firehall/internal/delivery/token"
	"github.com/firehall/firehall/internal/platform/disk"
	"github.com/firehall/firehall/internal/platform/keyring"
)

func TestHeader(t *testing.T) {
	c := channel(t, nil)
	d := draft()
	d.Thread = delivery.Thread{InReplyTo: "<b@csirt.example.org>", References: []string{"<a@csirt.example.org>", "no id", "<b@csirt.example.org>"}}
	r := compose(t, c, d)
	wellFormed(t, r.Bytes, false)
	h := parse(t, r.Bytes).Header
	want := map[string]string{
		"From": `CSIRT Example <alerts@csirt.example.org>`, "To": `Example ISP <abuse@isp.example.net>`, "Reply-To": `CSIRT Example <desk@csirt.example.org>`,
		"Date": "Sun, 22 Nov 2026 10:00:00 +0000", "Subject": d.Subject, "Message-ID": "<" + d.ID + "@csirt.example.org>",
		"In-Reply-To": "<b@csirt.example.org>", "References": "<a@csirt.example.org> <b@csirt.example.org>",
		"Auto-Submitted": "auto-generated", "Content-Language": "en", "MIME-Version": "1.0",
	}
	for name, value := range want {
		if got := h.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if r.MessageID != h.Get("Message-ID") || r.Subject != d.Subject || r.Domain != "isp.example.net" || r.Channel != "mail" {
		t.Errorf("%+v", r)
	}
	if r.Draft.Text != "" || r.Draft.Attachments != nil || r.Draft.ID != d.ID {
		t.Errorf("the draft is not the short one: %+v", r.Draft)
	}
	secret, err := ring(t).Secret(mail.ReturnPathKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := token.Parse(secret[:], r.ReturnPath); !ok || got != d.ID || !strings.HasSuffix(r.ReturnPath, "@csirt.example.org") {
		t.Errorf("return path %q", r.ReturnPath)
	}
}

// leaves are the parts of a message that hold something, by their disposition and name; multiparts are opened.
func leaves(t testing.TB, e *message.Entity) (out []leaf) {
	t.Helper()
	if mr := e.MultipartReader(); mr != nil {
		for {
			p, err := mr.NextPart()
			if err == io.EOF {
				return out
			}
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, leaves(t, p)...)
		}
	}
	body, err := io.ReadAll(e.Body)
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := e.Header.ContentType()
	if err != nil {
		t.Fatal(err)
	}
	_, disposition, err := e.Header.ContentDisposition()
	if err != nil {
		t.Fatal(err)
	}
	if params["name"] != disposition["filename"] {
		t.Errorf("the names %q and %q differ", params["name"], disposition["filename"])
	}
	return []leaf{{kind, disposition["filename"], string(body)}}
}

type leaf struct{ kind, name, body string }

func open(t testing.TB, b []byte) []leaf {
	t.Helper()
	e, err := message.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return leaves(t, e)
}

func TestContent(t *testing.T) {
	d := draft()
	d.Attachments = append(d.Attachments, delivery.Attachment{Name: "xarf.json", MediaType: "application/json", Data: bytes.Repeat([]byte{0, 1, 2, 255}, 1000)})
	got := open(t, compose(t, channel(t, nil), d).Bytes)
	if len(got) != 4 {
		t.Fatalf("%d parts", len(got))
	}
	if text := strings.ReplaceAll(got[0].body, "\r\n", "\n"); got[0].kind != "text/plain" || text != d.Text {
		t.Errorf("%q", text)
	}
	for i, a := range d.Attachments {
		if got[i+1].name != a.Name || got[i+1].body != string(a.Data) {
			t.Errorf("attachment %d: %+v", i, got[i+1])
		}
	}
	if got[3].name != "signature.asc" {
		t.Errorf("%+v", got[3])
	}
}

func TestSubjects(t *testing.T) {
	tests := []struct {
		name           string
		label          tlp.Label
		subject, gener string
		outer, inside  string // inside: what the text begins with
	}{
		{"clear", tlp.Clear, "real", "generic", "real", "text"},
		{"green", tlp.Green, "real", "generic", "real", "text"},
		{"amber", tlp.Amber, "real", "generic", "generic", "real"},
		{"strict", tlp.AmberStrict, "real", "generic", "generic", "real"},
		{"red", tlp.Red, "real", "generic", "generic", "real"},
		{"no generic one", tlp.Amber, "real", "", "TLP:AMBER", "real"},
		{"none at all", tlp.Green, "", "", "TLP:GREEN", "text"},
		{"the same", tlp.Amber, "same", "same", "same", "text"},
	}
	c := channel(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := draft()
			d.Label, d.Subject, d.Generic, d.Text = tt.label, tt.subject, tt.gener, "text"
			r := compose(t, c, d)
			if got := parse(t, r.Bytes).Header.Get("Subject"); got != tt.outer || r.Subject != tt.outer {
				t.Errorf("outer %q, ready %q", got, r.Subject)
			}
			if got := open(t, r.Bytes)[0].body; !strings.HasPrefix(got, tt.inside+"\r\n") {
				t.Errorf("the text is %q", got)
			}
			real := cmp.Or(tt.subject, tt.outer)
			if !bytes.Contains(r.Bytes, []byte("protected-headers=\"v1\"\r\nSubject: "+real+"\r\n")) {
				t.Errorf("the subject %q is not protected:\n%s", real, r.Bytes)
			}
		})
	}
}

// evil are values that want to be more than a value.
var evil = map[string]string{
	"line break":        "x\r\nBcc: victim@example.com\r\n\r\nbody",
	"bare feed":         "x\nBcc: victim@example.com",
	"bare return":       "x\rBcc: victim@example.com",
	"looks like header": "Bcc: victim@example.com",
	"NUL":               "a\x00b",
	"turned":            "invoice\u202efdp.exe",
	"separator":         "a\u2028Bcc: b\u2029c\u0085d",
	"quotes":            `a"b\c"; filename="/etc/passwd`,
	"encoded word":      "=?utf-8?q?=0D=0ABcc:_x@example.com?=",
	"not UTF-8":         "\xff\xfe\x80 caf\xe9",
	"long token":        strings.Repeat("x", 5000),
	"long letters":      strings.Repeat("ä", 5000),
	"10 MB":             strings.Repeat("Ä\"\r\n", 10<<20/5),
	"path":              `..\..\/../../etc/passwd`,
	"comma":             "a, b <c@example.com>, d:e;",
	"blanks":            strings.Repeat(" ", 2000) + "x" + strings.Repeat("\t", 2000),
	"empty":             "",
	"boundary":          "--=_x-0\r\n--=_x-1--",
	"dots":              ".",
	"faces":             strings.Repeat("👩‍🚒", 100),
}

func TestHostile(t *testing.T) {
	c := channel(t, nil)
	for name, value := range evil {
		t.Run(name, func(t *testing.T) {
			d := draft()
			d.ToName, d.Subject, d.Generic, d.Language, d.Ticket = value, value, value, value, value
			d.Thread = delivery.Thread{InReplyTo: value, References: []string{value, value}}
			if len(value) < 1<<20 {
				d.Text = value
			}
			d.Attachments = []delivery.Attachment{{Name: value, MediaType: value, Data: []byte(value)}, {Name: "a", MediaType: "message/rfc822", Data: []byte("x")}}
			r := compose(t, c, d)
			wellFormed(t, r.Bytes, false)
			to, err := parse(t, r.Bytes).Header.AddressList("To")
			if err != nil || len(to) != 1 || to[0].Address != d.To.Address {
				t.Errorf("to %v, %v", to, err)
			}
			parts := open(t, r.Bytes)
			if len(parts) != 4 || strings.ContainsAny(parts[1].name, "/\\\"\r\n\x00\u202e") || parts[1].name == "" || parts[1].body != value {
				t.Errorf("%d parts, the file is called %q", len(parts), parts[1].name)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(parse(t, r.Bytes).Header.Get("Subject"))
			if err != nil || strings.ContainsAny(subject, "\r\n\x00\u202e") {
				t.Errorf("subject %q, %v", subject, err)
			}
		})
	}
}

func TestDisplayNamesSurvive(t *testing.T) {
	c := channel(t, nil)
	for _, name := range []string{
		"Example ISP", "Ex, Ample & Sons", `The "Net" \ Co.`, "Bcc: someone", "Jyväskylän kaupunki", "東京データセンター株式会社", "=?utf-8?q?x?=", "a.b", "O'Neil",
		"Ministère de l'Éducation nationale, de l'Enseignement supérieur et de la Recherche de la République",
	} {
		d := draft()
		d.ToName = name
		to, err := parse(t, compose(t, c, d).Bytes).Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Name != name {
			t.Errorf("%q came as %v, %v", name, to, err)
		}
	}
}

func TestRefused(t *testing.T) {
	big := make([]byte, 25<<20)
	tests := []struct {
		name   string
		change func(*delivery.Draft)
		want   string
	}{
		{"no address", func(d *delivery.Draft) { d.To.Address = "" }, "no mail address"},
		{"two addresses", func(d *delivery.Draft) { d.To.Address = "a@example.org,b@example.org" }, "no mail address"},
		{"line break", func(d *delivery.Draft) { d.To.Address = "a@example.org\r\nBcc: b@example.org" }, "no mail address"},
		{"with a name", func(d *delivery.Draft) { d.To.Address = "A <a@example.org>" }, "no mail address"},
		{"quoted", func(d *delivery.Draft) { d.To.Address = `"a b"@example.org` }, "no mail address"},
		{"NUL", func(d *delivery.Draft) { d.To.Address = "a\x00@example.org" }, "no mail address"},
		{"turned", func(d *delivery.Draft) { d.To.Address = "a\u202eb@example.org" }, "no mail address"},
		{"number", func(d *delivery.Draft) { d.To.Address = "a@[192.0.2.1]" }, "no mail address"},
		{"domain not in ASCII", func(d *delivery.Draft) { d.To.Address = "a@exämple.org" }, "no mail address"},
		{"too long", func(d *delivery.Draft) { d.To.Address = strings.Repeat("a", 300) + "@example.org" }, "no mail address"},
		{"10 MB", func(d *delivery.Draft) { d.To.Address = strings.Repeat("a", 10<<20) + "@example.org" }, "no mail address"},
		{"too large", func(d *delivery.Draft) { d.Attachments[0].Data = big }, "split it"},
		{"too many", func(d *delivery.Draft) { d.Attachments = make([]delivery.Attachment, 51) }, "split it"},
	}
	c := channel(t, nil)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := draft()
			tt.change(&d)
			_, err := c.Compose(context.Background(), d)
			if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) || len(err.Error()) > 500 {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestEmptyBodyAndBeyondASCII(t *testing.T) {
	c := channel(t, nil)
	d := draft()
	d.Text, d.Attachments = "", nil
	if got := open(t, compose(t, c, d).Bytes); len(got) != 2 || got[0].body != "\r\n" {
		t.Errorf("%+v", got)
	}
	d.To.Address = "käsittely@isp.example.net"
	r := compose(t, c, d)
	wellFormed(t, r.Bytes, true)
	if to, err := netmail.ParseAddress(parse(t, r.Bytes).Header.Get("To")); err != nil || to.Address != d.To.Address {
		t.Errorf("%v, %v", to, err)
	}
	d.Text, d.To.Address = strings.Repeat("Здравствуйте, вот что мы видели.\n", 30), "a@isp.example.net"
	if got := open(t, compose(t, c, d).Bytes)[0].body; strings.ReplaceAll(got, "\r\n", "\n") != d.Text {
		t.Errorf("%q", got)
	}
}

func TestSameBytesMeanSameMessage(t *testing.T) {
	c := channel(t, nil)
	d := draft()
	a, b := compose(t, c, d), compose(t, c, d)
	if a.MessageID != b.MessageID || a.ReturnPath != b.ReturnPath {
		t.Error("the ids depend on more than the draft")
	}
}

func TestStoppedBeforeComposing(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := channel(t, nil).Compose(ctx, draft()); err == nil {
		t.Error("composed although cancelled")
	}
}

func TestDateIsNowWhereThereIsNone(t *testing.T) {
	d := draft()
	d.Date = time.Time{}
	at, err := parse(t, compose(t, channel(t, nil), d).Bytes).Header.Date()
	if err != nil || time.Since(at).Abs() > time.Minute {
		t.Errorf("%v, %v", at, err)
	}
}

func TestDamagedKeysAreNoFaultOfTheMessage(t *testing.T) {
	dir := t.TempDir()
	c, err := mail.New(config(), keyring.Open(disk.OS{}, dir, clock.Real{}), clock.Real{}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if made, err := os.ReadDir(dir); err != nil || len(made) != 0 {
		t.Errorf("keys are made before they are needed: %v, %v", made, err)
	}
	if err := os.WriteFile(dir+"/pgp.key", []byte("rubbish"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Compose(context.Background(), draft()); !problem.Is(err, problem.Unavailable) || !strings.Contains(err.Error(), "backup") {
		t.Errorf("%v", err)
	}
	if err := os.Remove(dir + "/pgp.key"); err != nil {
		t.Fatal(err)
	}
	_ = compose(t, c, draft())
}

func TestTakes(t *testing.T) {
	c := channel(t, nil)
	for kind, want := range map[constituency.Channel]bool{constituency.Mail: true, constituency.Phone: false, constituency.Webhook: false} {
		if c.Takes(constituency.Contact{Channel: kind}) != want {
			t.Errorf("%s: not %v", kind, want)
		}
	}
}

func FuzzCompose(f *testing.F) {
	f.Add("name", "subject", "text", "file.csv", "text/csv", "en", "<a@b>", uint8(1))
	for _, v := range evil {
		if len(v) < 10000 {
			f.Add(v, v, v, v, v, v, v, uint8(2))
		}
	}
	c := channel(f, nil)
	f.Fuzz(func(t *testing.T, name, subject, text, file, kind, language, ref string, label uint8) {
		d := draft()
		d.ToName, d.Subject, d.Generic, d.Text, d.Language, d.Label = name, subject, subject, text, language, tlp.Label(label)
		d.Thread = delivery.Thread{InReplyTo: ref, References: []string{ref}}
		d.Attachments = []delivery.Attachment{{Name: file, MediaType: kind, Data: []byte(text)}}
		r, err := c.Compose(context.Background(), d)
		if err != nil {
			t.Fatal(err)
		}
		wellFormed(t, r.Bytes, false)
		parts := open(t, r.Bytes)
		if len(parts) != 3 || parts[1].body != text {
			t.Errorf("%d parts", len(parts))
		}
		if len(parse(t, r.Bytes).Header["To"]) != 1 {
			t.Error("more than one To")
		}
	})
}

func FuzzAddress(f *testing.F) {
	f.Add("abuse@isp.example.net")
	f.Add("käsittely@isp.example.net")
	f.Add("a@b\r\nBcc: c@d")
	c := channel(f, nil)
	f.Fuzz(func(t *testing.T, to string) {
		d := draft()
		d.To.Address = to
		r, err := c.Compose(context.Background(), d)
		if err != nil {
			if !problem.Is(err, problem.Invalid) {
				t.Error(err)
			}
			return
		}
		wellFormed(t, r.Bytes, true)
		list, err := parse(t, r.Bytes).Header.AddressList("To")
		if err != nil || len(list) != 1 || !strings.EqualFold(list[0].Address, to) {
			t.Errorf("%q became %v, %v", to, list, err)
		}
	})
}
