package browser_test

import (
	"os"
	"testing"

	"github.com/firehall/firehall/test/browser"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(browser.Main(m)) }

// looks are the windows that each page is looked at in.
var looks = []struct {
	name string
	size browser.Size
	dark bool
}{
	{"wide-light", browser.Wide, false},
	{"wide-dark", browser.Wide, true},
	{"narrow-light", browser.Narrow, false},
	{"narrow-dark", browser.Narrow, true},
}

// TestShell looks at the shell's own pages.
func TestShell(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true, Stopped: true})
	for _, look := range looks {
		t.Run(look.name, func(t *testing.T) {
			b := browser.Open(t, s, look.size, look.dark)
			for _, path := range []string{"/settings", "/palette", "/palette?q=192.0.2.1", "/login?token=x"} {
				b.Visit(path)
				b.Axe()
				b.NoOverflow()
				b.NoErrors()
				b.Shot("shell" + map[string]string{"/settings": "-settings", "/palette": "-palette", "/login?token=x": "-login"}[path] + "-" + look.name)
			}
		})
	}
}
