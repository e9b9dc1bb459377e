package indicator_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/incident/indicator"
)

func said(f indicator.Found) string {
	var out []string
	for _, i := range f.List {
		out = append(out, fmt.Sprintf("%s=%s", i.Kind, i.Value))
	}
	return strings.Join(out, " ")
}

func TestExtract(t *testing.T) {
	md5, sha1 := "44d88612fea8a8f36de82e1278abb02f", "3395856ce81f2b7382dee72602f798b642f14140"
	sha256 := "275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f"
	cases := []struct{ name, text, want string }{
		{"nothing", "Please call me back, it is urgent.", ""},
		{"address", "Seen from 192.0.2.7.", "ip=192.0.2.7"},
		{"address with port", "192.0.2.7:8080, tcp", "ip=192.0.2.7"},
		{"addresses without blanks", "src=192.0.2.7;dst=198.51.100.9,203.0.113.5", "ip=192.0.2.7 ip=198.51.100.9 ip=203.0.113.5"},
		{"range", "192.0.2.1-192.0.2.9", "ip=192.0.2.1 ip=192.0.2.9"},
		{"range with a dash", "192.0.2.1–192.0.2.9", "ip=192.0.2.1 ip=192.0.2.9"},
		{"prefix", "all of 192.0.2.77/24 and 2001:DB8::/32", "cidr=192.0.2.0/24 cidr=2001:db8::/32"},
		{"IPv6", "2001:0DB8:0:0::0001 and [2001:db8::2]:443", "ip=2001:db8::1 ip=2001:db8::2"},
		{"IPv6 with a zone, IPv4 in it", "fe80::1%eth0 ::ffff:192.0.2.1", "ip=fe80::1 ip=192.0.2.1"},
		{"no IPv6", "at 12:34:56 std::dead face::add :: 00:11:22:33:44:55:66:77 AB:CD:EF:01:23:45", ""},
		{"leading noughts are none", "192.000.002.001", ""},
		{"version", "Version 1.2.3.4, OpenSSL v1.0.2.7, section 4.3.2.1 and 1.2.3.4.5", ""},
		{"browser", "Mozilla/5.0 Chrome/120.0.0.0 Safari/537.36 from 198.51.100.9", "ip=198.51.100.9"},
		{"version made harmless is none", "version 1.2.3[.]4", "ip=1.2.3.4"},
		{"asn", "AS64500, as64501 and ASN 64502, ASN64503; AS400 AS12 as 2024", "asn=AS64500 asn=AS64501 asn=AS64502 asn=AS64503"},
		{"cve", "cve-2024-12345 (CVE-2021-44228/CVE-2023-1) exploit_CVE-2020-0601.py", "cve=CVE-2024-12345 cve=CVE-2021-44228 cve=CVE-2020-0601"},
		{"cve with another dash", "CVE‑2024‑3094", "cve=CVE-2024-3094"},
		{"hashes", "MD5:" + strings.ToUpper(md5) + " sha1=" + sha1 + "\n" + sha256 + " *sample", "md5=" + md5 + " sha1=" + sha1 + " sha256=" + sha256},
		{"sha512", strings.Repeat("ab12", 32), "sha512=" + strings.Repeat("ab12", 32)},
		{"no hash", strings.Repeat("1", 32) + " " + md5 + "0 " + "g" + md5[1:], ""},
		{"domain", "Visit WWW.Evil-Bank.COM. or sub.evil.co.uk, today", "domain=www.evil-bank.com domain=sub.evil.co.uk"},
		{"domain with port", "evil.org:8443 evil.org.", "domain=evil.org"},
		{"unknown top-level domain", "setup.exe notes.txt a.b x.localdomain 3.14 a..com", ""},
		{"files", `setup.zip C:\Users\me\evil.com /usr/share/perl.pl readme.md install.sh main.py Safari.app my_tool.rs`, ""},
		{"countries that look like files", "gazeta.pl blic.rs t.me", "domain=gazeta.pl domain=blic.rs domain=t.me"},
		{"file after its word", "the file invoice.com", ""},
		{"files in a URL", "http://evil.zip/setup.zip", "url=http://evil.zip/setup.zip"},
		{"full stop without a blank", "it was fraud.It came again. e.g. Node.js", ""},
		{"mail", "Mail <Bad.Guy+x@Evil.COM>, mailto:a@b.fr?subject=x", "email=bad.guy+x@evil.com email=a@b.fr"},
		{"mail and password", "anna@shop.fr:secret;ben@shop.fr:hunter2", "email=anna@shop.fr email=ben@shop.fr"},
		{"message's name is no mailbox", "Message-ID: <20240101.abc@mail.evil.com>", ""},
		{"handle's domain", "everybody @evil.com", "domain=evil.com"},
		{"URL", "https://evil.com/login?a=b&c=(d)#e.", "url=https://evil.com/login?a=b&c=(d)#e"},
		{"URLs without a blank", "http://a.fr/x,http://b.fr/y;hxxp://c.fr", "url=http://a.fr/x url=http://b.fr/y url=http://c.fr/"},
		{"URL in signs", `<a href="http://evil.com/a">x</a> (http://evil.com/b) [x](http://evil.com/c) 'http://evil.com/d'`, "url=http://evil.com/a url=http://evil.com/b url=http://evil.com/c url=http://evil.com/d"},
		{"URL with userinfo", "http://paypal.com@evil.com:8080/x", "url=http://paypal.com@evil.com:8080/x"},
		{"URL's usual port, case", "HTTPS://EVIL.com:443/Path", "url=https://evil.com/Path"},
		{"URL of an address", "http://192.0.2.1/x http://[2001:DB8::1]:81/ ftp://192.0.2.1", "url=http://192.0.2.1/x url=http://[2001:db8::1]:81/ url=ftp://192.0.2.1/"},
		{"URL of an odd address", "http://0xC0.0.0513/a http://3221226187/b", "url=http://192.0.1.75/a url=http://192.0.2.203/b"},
		{"URL of nothing to reach", "http://intranet/ http://printer.local/x http:///x http://", ""},
		{"URL without scheme", "evil.com/wp-login.php 192.0.2.9/x", "url=http://evil.com/wp-login.php ip=192.0.2.9"},
		{"URL's escaped host", "http://ev%69l.com/", "url=http://evil.com/"},
		{"backslashes", `http://evil.com\@good.com/`, `url=http://evil.com\@good.com/`},
		{"harmless dots", "evil[.]com evil(.)fr evil{.}org evil[dot]net evil (dot) info evil [.] biz 192[.]0[.]2[.]1 evil\\.io evil(point)fr", "domain=evil.com domain=evil.fr domain=evil.org domain=evil.net domain=evil.info domain=evil.biz ip=192.0.2.1 domain=evil.io"},
		{"harmless schemes", "hxxp://a.fr hXXps[:]//b[.]fr/x h**p://c.fr [http]://d.fr hxxp[://]e.fr fxp://f.fr", "url=http://a.fr/ url=https://b.fr/x url=http://c.fr/ url=http://d.fr/ url=http://e.fr/ url=ftp://f.fr/"},
		{"harmless mail", "bad[at]evil[.]com bad {at} evil (dot) com bad[@]evil.com x(arobase)evil(point)fr", "email=bad@evil.com email=x@evil.fr"},
		{"harmless IPv6", "2001[:]db8[:][:]1", "ip=2001:db8::1"},
		{"harmless mark with zero-width signs", "ev\u200bil\u00ad.\u2060com", "domain=evil.com"},
		{"full width", "ｈｔｔｐ：／／ｅｖｉｌ．ｃｏｍ／", "url=http://evil.com/"},
		{"ideographic dot", "evil。com", "domain=evil.com"},
		{"another script is another name", "http://аррӏе.com/", "url=http://xn--80ak6aa92e.com/"},
		{"international", "bücher.de xn--bcher-kva.de bücher.example", "domain=xn--bcher-kva.de domain=xn--bcher-kva.example"},
		{"quotes", "«evil.com» “evil.org”…", "domain=evil.com domain=evil.org"},
		{"onion", "http://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion/", "url=http://duckduckgogg42xjoc72x3sjasowoarfbgcmvfimaftt6twagswzczad.onion/"},
		{"table", "|192.0.2.1|evil.com|", "ip=192.0.2.1 domain=evil.com"},
		{"JSON", `{"ip":"192.0.2.1","host":"evil.com","n":[1,2]}`, "ip=192.0.2.1 domain=evil.com"},
		{"not UTF-8", "evil.com\xff192.0.2.1 \xc3", "domain=evil.com ip=192.0.2.1"},
		{"user@address is no mail", "root@192.0.2.1", "ip=192.0.2.1"},
		{"again", "evil.com EVIL.com evil[.]com", "domain=evil.com"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			if got := said(indicator.Extract(c.text, indicator.Limits{})); got != c.want {
				t.Errorf("%q\n got %s\nwant %s", c.text, got, c.want)
			}
		})
	}
}

func TestPlacesLeadBack(t *testing.T) {
	text := "x\u200b hxxp://evil [.] com/a und ev\u200bil[.]org, 192.0.2.1 und ev\u200bil[.]org"
	f := indicator.Extract(text, indicator.Limits{})
	want := []string{"hxxp://evil [.] com/a", "ev\u200bil[.]org", "192.0.2.1", "ev\u200bil[.]org"}
	if len(f.Places) != len(want) {
		t.Fatalf("%d places: %+v", len(f.Places), f.Places)
	}
	for i, p := range f.Places {
		if got := text[p.From:p.To]; got != want[i] {
			t.Errorf("place %d is %q, want %q", i, got, want[i])
		}
	}
	if !f.List[0].Defanged || !f.List[1].Defanged || f.List[2].Defanged {
		t.Errorf("made harmless: %+v", f.List)
	}
	if f.List[1].Count != 2 || f.List[1].At != strings.Index(text, "ev\u200bil") || f.List[1].As != "ev\u200bil[.]org" || f.List[2].As != "" {
		t.Errorf("the second is %+v", f.List[1])
	}
}

func TestListed(t *testing.T) {
	cases := []struct{ text, want string }{
		{"10.0.0.1", "private"},
		{"8.8.8.8", "public-dns"},
		{"http://127.0.0.1/x", "reserved"},
		{"192.168.0.0/16", "private"},
		{"d41d8cd98f00b204e9800998ecf8427e", "empty-hash"},
		{"anna@gmail.com", ""},
		{"gmail.com", "shared-service"},
		{"www.example.com", "documentation"},
		{"evil.com", ""},
	}
	for _, c := range cases {
		t.Run(c.text, func(t *testing.T) {
			f := indicator.Extract(c.text, indicator.Limits{})
			if len(f.List) != 1 {
				t.Fatalf("found %s", said(f))
			}
			if got := strings.Join(f.List[0].Listed, ","); got != c.want {
				t.Errorf("on %q, want %q", got, c.want)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	var b strings.Builder
	for i := range 30 {
		fmt.Fprintf(&b, "192.0.2.%d ", i)
	}
	b.WriteString("192.0.2.0 192.0.2.29")
	f := indicator.Extract(b.String(), indicator.Limits{Count: 20})
	if len(f.List) != 20 || f.Left != 10 || f.Cut {
		t.Errorf("%d found, %d left, cut %v", len(f.List), f.Left, f.Cut)
	}
	if f.List[0].Count != 2 {
		t.Errorf("the first stands %d times", f.List[0].Count)
	}
	f = indicator.Extract(b.String(), indicator.Limits{Bytes: 20})
	if !f.Cut || len(f.List) != 2 {
		t.Errorf("%d found in 20 bytes, cut %v", len(f.List), f.Cut)
	}
	f = indicator.Extract(b.String(), indicator.Limits{Places: 5})
	if len(f.Places) != 5 {
		t.Errorf("%d places", len(f.Places))
	}
}

func TestLongTexts(t *testing.T) {
	filler := strings.Repeat("nothing to see here ", 10_000)
	f := indicator.Extract(filler+"evil[.]com "+filler+"192.0.2.1", indicator.Limits{})
	if said(f) != "domain=evil.com ip=192.0.2.1" {
		t.Errorf("found %s", said(f))
	}
	if at := f.List[1].At; at != 2*len(filler)+len("evil[.]com ") {
		t.Errorf("the address is at %d", at)
	}
}
