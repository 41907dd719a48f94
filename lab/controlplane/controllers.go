package controlplane

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/controller-manager/pkg/informerfactory"
	"k8s.io/kubernetes/pkg/controller/garbagecollector"
	"k8s.io/kubernetes/pkg/controller/namespace"
)

const (
	informerResync = 10 * time.Hour
	// discoveryPeriod is how soon the garbage collector notices a new CRD;
	// kube-controller-manager takes 30 s, too long to wait for in a test.
	discoveryPeriod = 2 * time.Second
)

// RunControllers runs the garbage collector and the namespace controller until
// ctx ends. It waits for the API server as long as necessary, and its informers
// reconnect when that is killed.
func RunControllers(ctx context.Context, l Layout) error {
	config, err := clientcmd.BuildConfigFromFlags("", l.Kubeconfig())
	if err != nil {
		return err
	}
	config.QPS = -1 // no client-side limit
	if err := WaitReady(ctx, l); err != nil {
		return err
	}
	return runControllers(ctx, config)
}

func runControllers(ctx context.Context, config *rest.Config) error {
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		return err
	}
	discoveryClient, err := discovery.NewDiscoveryClientForConfig(config)
	if err != nil {
		return err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(discoveryClient))
	shared := informers.NewSharedInformerFactory(client, informerResync)
	sharedMetadata := metadatainformer.NewSharedInformerFactory(metadataClient, informerResync)
	started := make(chan struct{})
	collector, err := garbagecollector.NewGarbageCollector(ctx, client, metadataClient, mapper,
		garbagecollector.DefaultIgnoredResources(), informerfactory.NewInformerFactory(shared, sharedMetadata), started)
	if err != nil {
		return fmt.Errorf("garbage collector: %w", err)
	}
	namespaces := namespace.NewNamespaceController(ctx, client, metadataClient, discoveryClient.ServerPreferredNamespacedResources,
		shared.Core().V1().Namespaces(), informerResync, corev1.FinalizerKubernetes)
	shared.Start(ctx.Done())
	sharedMetadata.Start(ctx.Done())
	close(started)
	go collector.Run(ctx, 5, discoveryPeriod)
	go collector.Sync(ctx, discoveryClient, discoveryPeriod)
	go namespaces.Run(ctx, 2)
	<-ctx.Done()
	return nil
}
