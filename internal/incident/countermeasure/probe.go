package countermeasure

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"html"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/firehall/firehall/internal/platform/httpx"
)

// Seen is what an exit met.
type Seen struct {
	Status int    // of HTTP; 0 if there was no answer
	Final  string // the last URL, after redirects
	Body   []byte
	Err    error // why there was no answer
}

// Disguise is how an exit shows itself: phishing pages look at it.
type Disguise struct {
	UserAgent, Referrer, Language string
}

const (
	lookTimeout = 30 * time.Second
	lookBytes   = 4 << 20
)

// Browser is the disguise of an exit that names none.
const Browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"

// NewLook makes a look that goes out by a client of these options, through its proxy if it has one.
func NewLook(o httpx.Options, d Disguise) Look {
	o.Plain, o.Timeout, o.MaxBytes = true, lookTimeout, lookBytes
	o.TLS = &tls.Config{InsecureSkipVerify: true} //nolint:gosec // a page behind a wrong certificate is there; nothing secret is said or believed
	if d.UserAgent == "" {
		d.UserAgent = Browser
	}
	client := httpx.New(o)
	return func(ctx context.Context, address string) Seen {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return Seen{Err: err}
		}
		for name, value := range map[string]string{"User-Agent": d.UserAgent, "Referer": d.Referrer, "Accept-Language": d.Language, "Accept": "text/html,*/*;q=0.8"} {
			if value != "" {
				req.Header.Set(name, value)
			}
		}
		res, err := client.Do(req)
		return Seen{Status: res.Status, Final: res.URL, Body: res.Body, Err: err}
	}
}

// targets are what is fetched to see whether an asset is there. A domain may answer by either scheme alone.
func (a Asset) targets() []string {
	if a.Kind == Domain {
		return []string{"http://" + a.Value + "/", "https://" + a.Value + "/"}
	}
	u, err := url.Parse(a.Value)
	if err != nil {
		return []string{a.Value}
	}
	u.Fragment = ""
	return []string{u.String()}
}

// survey looks at all by which an asset can be there, by one exit: it is clean if all of it is, and there if any of it is. That a name does not exist is what
// one resolver says for every exit: where a second is configured, it has to say so too.
func (s *Service) survey(ctx context.Context, look Look, a Asset) (o Outcome, why, detail string) {
	for i, target := range a.targets() {
		found, reason, words := judge(a, look(ctx, target))
		if i == 0 || worse(found, o) {
			o, why = found, reason
		}
		detail = strings.TrimPrefix(detail+"; "+words, "; ")
		if o == Present || reason == WhyNoName {
			break
		}
	}
	if why != WhyNoName || s.o.Second == nil {
		return o, why, detail
	}
	host, _ := a.parts()
	list, err := s.o.Second(ctx, host)
	var dns *net.DNSError
	switch {
	case err == nil && len(list) > 0:
		return Unclear, WhyTwoNames, detail + "; " + list[0].String()
	case err != nil && (!errors.As(err, &dns) || !dns.IsNotFound):
		return Unclear, WhyTrouble, detail + "; " + clip(line(err.Error()), 200)
	}
	return o, why, detail
}

// worse tells whether an outcome says less that a thing is gone than another.
func worse(o, than Outcome) bool {
	order := []Outcome{Clean, Unclear, Present}
	return slices.Index(order, o) > slices.Index(order, than)
}

// Reasons of what a check found, as codes.
const (
	WhyNoName    = "nxdomain"
	WhyTwoNames  = "resolvers" // one resolver knows the name, another does not
	WhyRefused   = "refused"   // the connection was
	WhyStatus    = "status"
	WhyMarker    = "marker"    // it is in the page
	WhyNoMarker  = "no-marker" // the page has it no more
	WhyHash      = "hash"      // the file is the same
	WhyNoHash    = "no-hash"   // it is another
	WhyAnswers   = "answers"   // there is a page, and nothing to know it by
	WhyTrouble   = "trouble"   // no answer that says anything
	WhyForbidden = "not-allowed"
	WhyPAP       = "pap"
	WhyPerson    = "person"
)

// judge says what was seen means. What does not clearly say that the thing is gone is unclear.
func judge(a Asset, seen Seen) (o Outcome, why, detail string) {
	if seen.Err != nil {
		return judgeError(seen.Err)
	}
	detail = strconv.Itoa(seen.Status) + " " + Defang(clip(line(seen.Final), 500))
	switch {
	case seen.Status == http.StatusNotFound, seen.Status == http.StatusGone, seen.Status == http.StatusUnavailableForLegalReasons:
		return Clean, WhyStatus, detail
	case seen.Status < 200 || seen.Status > 299:
		return Unclear, WhyStatus, detail // 403 and 503 are what cloaks show
	case a.Marker != "" && holds(seen.Body, a.Marker):
		return Present, WhyMarker, detail
	case a.Hash != "" && digest(seen.Body) == a.Hash:
		return Present, WhyHash, detail
	case a.Marker != "":
		return Clean, WhyNoMarker, detail
	case a.Hash != "":
		return Clean, WhyNoHash, detail
	}
	return Present, WhyAnswers, detail
}

func judgeError(err error) (o Outcome, why, detail string) {
	var dns *net.DNSError
	detail = clip(line(err.Error()), 500)
	switch {
	case httpx.ProxyFailed(err):
		return Unclear, WhyTrouble, detail
	case errors.As(err, &dns) && dns.IsNotFound:
		return Clean, WhyNoName, detail
	case errors.Is(err, syscall.ECONNREFUSED):
		return Clean, WhyRefused, detail
	}
	return Unclear, WhyTrouble, detail
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}

// holds tells whether a page has a text in it, however it writes spaces, letters and entities.
func holds(body []byte, marker string) bool {
	want := plain(marker)
	if want == "" {
		return false
	}
	text := strings.ToValidUTF8(string(bytes.ReplaceAll(body, []byte{0}, nil)), "\uFFFD") // UTF-16 of what is ASCII is that, with zeros between
	return strings.Contains(plain(text), want) || strings.Contains(plain(html.UnescapeString(text)), want) || strings.Contains(plain(text), plain(html.UnescapeString(marker)))
}

// plain drops spaces and case.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == utf8.RuneError || r == '\u200b' || r == '\ufeff' {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
}
