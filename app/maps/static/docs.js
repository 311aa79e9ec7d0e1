// The API's page: Swagger UI over our own OpenAPI document, asking no other host.

SwaggerUIBundle({
  url: '/openapi.json',
  domNode: document.getElementById('docs'),
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
  deepLinking: true,
  docExpansion: 'none',
  defaultModelsExpandDepth: -1,
  validatorUrl: null, // its own would send the document's address to another host
});
