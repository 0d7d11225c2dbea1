//go:build tools

// Package tools pins what `npm run conformance` compiles.
package tools

import (
	_ "github.com/onsi/ginkgo/v2/ginkgo"
	_ "k8s.io/kubernetes/test/e2e"
)
