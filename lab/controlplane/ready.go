package controlplane

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// WaitReady returns once the API server says that it is ready and has made the
// namespaces that everything else relies on; or with ctx's error and what was
// missing last.
func WaitReady(ctx context.Context, l Layout) error {
	for {
		err := checkReady(ctx, l)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("API server isn't ready: %w", err), ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func checkReady(ctx context.Context, l Layout) error {
	config, err := clientcmd.BuildConfigFromFlags("", l.Kubeconfig())
	if err != nil {
		return err
	}
	config.Timeout = 5 * time.Second
	client, err := kubernetes.NewForConfig(rest.CopyConfig(config))
	if err != nil {
		return err
	}
	if err := client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error(); err != nil {
		return err
	}
	// kube-system's UID is the installation's identity; it appears shortly
	// after /readyz.
	for _, namespace := range []string{metav1.NamespaceSystem, metav1.NamespaceDefault} {
		if _, err := client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{}); err != nil {
			return err
		}
	}
	return nil
}
