package web

import (
	"github.com/firehall/firehall/internal/web/findings"
	"github.com/firehall/firehall/internal/web/shell"
)

// register adds each page to the shell: one line a page.
func register(s *shell.Shell, o Options) {
	findings.Register(s, o.Findings)
}
