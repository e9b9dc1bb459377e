// Package deps keeps modules in go.mod while the rooms that need them are being written.
package deps

import (
	_ "github.com/emersion/go-msgauth/dkim"
	_ "github.com/emersion/go-sasl"
	_ "github.com/emersion/go-smtp"
	_ "github.com/santhosh-tekuri/jsonschema/v6"
)
